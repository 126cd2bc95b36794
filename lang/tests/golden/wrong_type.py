import krs
x = krs.lowpass(1, "800", order=4)
