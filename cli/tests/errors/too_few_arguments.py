x = krs.lowpass(krs.saw(110.0))
