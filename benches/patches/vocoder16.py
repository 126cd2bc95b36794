# Sixteen bands: analysis band-pass of the input, rectifier, one-pole follower; the same band of a naive saw times the
# follower. Centres fixed, so coefficients are constants; q is a control.


def patch(inp):
    freq = krs.control("freq", 110.0, 20.0, 800.0)
    q = krs.control("q", 8.0, 1.0, 30.0)
    carrier = krs.lf_saw(freq)
    out = 0.0
    for band in range(16):
        centre = 120.0 * 1.33 ** band
        level = krs.onepole(krs.abs_(krs.bandpass(inp, centre, q)), 30.0)
        out = out + krs.bandpass(carrier, centre, q) * level
    return out * 4.0
