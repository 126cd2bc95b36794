x = lowpass(1, 2)
