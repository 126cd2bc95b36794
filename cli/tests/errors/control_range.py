def tone():
    return krs.saw(krs.control("freq", 10.0, 20.0, 2000.0))


kr.node("bass", tone)
