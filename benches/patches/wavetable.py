# Two tables of 1024 cells, read with linear interpolation by one phase each, cross-faded by a control; a low-pass.


def patch():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    morph = krs.control("morph", 0.3, 0.0, 1.0)
    cutoff = krs.control("cutoff", 4000.0, 100.0, 12000.0)
    n = 1024
    bright = [sum(math.sin(2.0 * math.pi * k * i / n) / k for k in range(1, 17)) for i in range(n)]
    hollow = [sum(math.sin(2.0 * math.pi * k * i / n) / k for k in range(1, 17, 2)) for i in range(n)]
    a = krs.wavetable_osc(bright, freq)
    b = krs.wavetable_osc(hollow, freq * 1.005)
    return krs.lowpass(krs.lerp(a, b, morph), cutoff) * 0.4
