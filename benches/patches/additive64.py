def patch():
    freq = krs.control("freq", 55.0, 20.0, 200.0)
    return sum(krs.sine_osc(freq * k) / k for k in range(1, 65)) * 0.2
