# P6: six sines in series; each moves the *frequency* of the next, so every phase is a running sum.


def patch():
    freq = krs.control("freq", 110.0, 20.0, 1000.0)
    x = 0.0
    for ratio, depth in [(7.0, 0.5), (5.0, 0.8), (3.0, 1.0), (2.0, 1.2), (1.5, 1.0), (1.0, 1.5)]:
        x = krs.sine_osc(freq * (ratio + x * depth))
    return x * 0.5
