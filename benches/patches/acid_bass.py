# Naive saw through two second-order low-pass sections in series (12 dB each, trapezoidal state-variable form), the
# cutoff swept by an envelope, so the coefficients, `tan` included, are computed in every frame.


def patch():
    freq = krs.control("freq", 55.0, 20.0, 800.0)
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 400.0, 60.0, 4000.0)
    res = krs.control("res", 5.0, 0.5, 20.0)
    env = krs.adsr(0.003, 0.2, 0.1, 0.06, gate)
    sweep = cutoff + env * 2400.0
    x = krs.resonant(krs.lf_saw(freq), sweep, res)
    return krs.clip(krs.lowpass(x, sweep), -1.0, 1.0) * env * 0.5
