def tone():
    return krs.lowpass(krs.saw(110.0), 0)


kr.node("bass", tone)
