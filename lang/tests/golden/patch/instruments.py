def drum() -> krs.Signal:
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    return krs.sine_osc(60.0) * krs.adsr(0.001, 0.2, 0.0, 0.05, gate)
def lead() -> krs.Signal:
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 900.0, 80.0, 5000.0)
    return krs.lowpass(krs.saw(freq), cutoff) * gate
def room(inp: krs.Signal) -> krs.Signal:
    size = krs.control("size", 0.6, 0.0, 1.0)
    return krs.reverb(inp, size)
k = kr.node("drum", drum)
l = kr.node("lead", lead)
v = kr.node("room", room)
