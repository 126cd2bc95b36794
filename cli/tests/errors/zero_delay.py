def room(inp):
    return krs.delay(inp, krs.control("time", 0.0, 0.0, 1.0), max=0)


kr.node("room", room)
