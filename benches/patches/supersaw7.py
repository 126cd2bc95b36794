# Seven detuned naive saws, second-order Butterworth low-pass.


def patch():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    cutoff = krs.control("cutoff", 3000.0, 100.0, 12000.0)
    detune = [-0.011, -0.006, -0.002, 0.0, 0.002, 0.006, 0.011]
    return krs.lowpass(sum(krs.lf_saw(freq * (1.0 + d)) for d in detune), cutoff) * 0.14
