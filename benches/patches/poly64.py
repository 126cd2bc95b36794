# Sixty-four `bass` voices summed in one expression: one program, as FAUST compiles `par`. Naive saw, Butterworth,
# adsr; cutoff is one control shared by all.


def voice(i):
    freq = 55.0 * 2.0 ** (i / 12.0)
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 800.0, 100.0, 4000.0)
    env = krs.adsr(0.005, 0.15, 0.3, 0.08, gate)
    return krs.lowpass(krs.lf_saw(freq), cutoff) * env * 0.5


def patch():
    return sum(voice(i) for i in range(64)) / 64.0
