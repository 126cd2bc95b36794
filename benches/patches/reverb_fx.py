# Freeverb's structure: eight damped combs, four all-passes, mono.


def patch(inp):
    room = krs.control("room", 0.7, 0.0, 1.0)
    return krs.reverb(inp, room) * 0.8
