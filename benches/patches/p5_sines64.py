# P5: sixty-four sines of fixed frequency, summed.


def patch():
    return sum(krs.sine_osc(100.0 + 37.0 * i) for i in range(64)) / 64.0
