def tone():
    lfo = krs.sine_osc(2.0)
    if lfo > 0:
        return krs.saw(110.0)
    return krs.square(110.0)


kr.node("bass", tone)
