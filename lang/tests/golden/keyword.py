import krs
x = krs.lowpass(1, cutof=800)
