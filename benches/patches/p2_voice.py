# P2: one voice: band-limited saw (two-point polynomial residue), Butterworth whose cutoff an LFO moves in every frame, adsr, gain.


def patch():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    cutoff = 1500.0 + 1000.0 * krs.sine_osc(0.5)
    env = krs.adsr(0.01, 0.1, 0.7, 0.2, gate)
    return krs.lowpass(krs.saw(freq), cutoff) * env * 0.3
