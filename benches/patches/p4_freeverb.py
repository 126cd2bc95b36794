# P4: a mono Freeverb: eight damped combs, four all-passes.


def patch(inp):
    return krs.reverb(inp, 0.8, 0.4) * 0.5
