# White noise (counter-based), second-order Butterworth high-pass of fixed cutoff, linear adsr.


def patch():
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    env = krs.adsr(0.001, 0.05, 0.3, 0.02, gate)
    return krs.highpass(krs.white_noise(), 8000.0) * env * 0.5
