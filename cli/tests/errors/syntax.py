def tone(:
    return krs.saw(110.0)
