# Three detuned naive saws, second-order Butterworth low-pass, linear adsr.


def patch():
    freq = krs.control("freq", 220.0, 20.0, 2000.0)
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 2000.0, 200.0, 8000.0)
    env = krs.adsr(0.3, 0.5, 0.7, 0.8, gate)
    osc = krs.lf_saw(freq) + krs.lf_saw(freq * 1.006) + krs.lf_saw(freq * 0.994)
    return krs.lowpass(osc, cutoff) * env * 0.2
