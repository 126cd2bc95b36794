# P3: sixteen and sixty-four voices of P2, each with its own frequency, summed in one expression.


def voice(i, cutoff, env):
    freq = 55.0 * 2.0 ** ((i % 48) / 12.0) * (1.0 + 0.001 * i)
    return krs.lowpass(krs.saw(freq), cutoff) * env * 0.3


def voices(n):
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    total = 0.0
    for i in range(n):
        cutoff = 1500.0 + 1000.0 * krs.sine_osc(0.5 + 0.01 * i)
        total = total + voice(i, cutoff, krs.adsr(0.01, 0.1, 0.7, 0.2 + 0.001 * i, gate))
    return total / n


def patch_16():
    return voices(16)


def patch_64():
    return voices(64)
