# A read-write table of two seconds: what comes in is recorded while `rec` is above one half, and plays from a phase.


def patch(inp):
    rec = krs.control("rec", 1.0, 0.0, 1.0, smooth=None)
    speed = krs.control("speed", 1.0, 0.25, 4.0)
    size = 96000
    head = krs.feedback(lambda n: krs.select2(n + 1.0 < size, 0.0, n + 1.0))
    at = krs.select2(rec > 0.5, float(size), head)
    place = krs.phasor(speed * krs.sr() / size) * size
    return krs.rwtable(size + 1, 0.0, at, inp, place) * 0.8 + inp
