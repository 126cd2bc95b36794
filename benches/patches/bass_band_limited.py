# The bass with a band-limited saw (two-point polynomial residue).


def patch():
    freq = krs.control("freq", 55.0, 20.0, 800.0)
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 800.0, 100.0, 4000.0)
    env = krs.adsr(0.005, 0.15, 0.3, 0.08, gate)
    return krs.lowpass(krs.saw(freq), cutoff) * env * 0.5
