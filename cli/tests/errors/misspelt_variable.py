cutoff = 800.0


def tone():
    return krs.lowpass(krs.saw(110.0), cuttoff)


kr.node("bass", tone)
