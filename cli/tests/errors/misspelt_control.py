def tone():
    return krs.saw(krs.control("freq", 110.0, 20.0, 2000.0))


bass = kr.node("bass", tone)
bass["frequ"] = 220.0
