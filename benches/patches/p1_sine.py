# P1: one sine.


def patch():
    freq = krs.control("freq", 440.0, 20.0, 4000.0)
    return krs.sine_osc(freq) * 0.5
