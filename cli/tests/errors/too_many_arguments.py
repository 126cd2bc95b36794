x = krs.lowpass(krs.saw(110.0), 800.0, 2, 3)
