def tone():
    return krs.saw(110.0) * float("nan")


kr.node("bass", tone)
