def tone():
    krs.saw(110.0) * 0.5


kr.node("bass", tone)
