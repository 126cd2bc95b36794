def tone():
    return krs.saw(110.0)


bass = kr.node("bass", tone)
kr.gain("bas", 0.5)
