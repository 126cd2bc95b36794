# The bass voice compiled once and run as 64 instances with frequencies of their own: what a node with `count=64` runs.


def patch():
    freq = krs.control("freq", 55.0, 20.0, 4000.0)
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 800.0, 100.0, 4000.0)
    env = krs.adsr(0.005, 0.15, 0.3, 0.08, gate)
    return krs.lowpass(krs.lf_saw(freq), cutoff) * env * 0.5


kr.node("voices64", patch, count=64)
