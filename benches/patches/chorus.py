# A delay line read at a time that a sine moves, linear interpolation, dry and wet.


def patch(inp):
    rate = krs.control("rate", 1.0, 0.1, 8.0)
    return krs.chorus(inp, rate, 0.002)
