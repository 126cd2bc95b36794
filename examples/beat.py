# A four-bar loop: kick, hat and bass, with a reverb fed by the hat and the bass.
#
#   synthc render examples/beat.py -o beat.wav


def kick():
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    body = krs.adsr(0.002, 0.32, 0.0, 0.08, gate)
    drop = krs.ar(0.0005, 0.06, gate)
    click = krs.highpass(krs.white_noise(), 3000.0) * krs.ar(0.0005, 0.004, gate)
    tone = krs.sine_osc(46.0 + drop * drop * 190.0)
    return tone * body * 0.9 + click * 0.12


def hat():
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    tone = krs.control("tone", 7500.0, 2000.0, 14000.0)
    env = krs.adsr(0.001, 0.05, 0.0, 0.03, gate)
    return krs.highpass(krs.white_noise(), tone, 4) * env * 0.6


def bass():
    freq = krs.control("freq", 55.0, 20.0, 800.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 600.0, 60.0, 6000.0)
    env = krs.adsr(0.004, 0.18, 0.35, 0.09, gate)
    osc = krs.saw(freq) * 0.6 + krs.square(freq * 0.5) * 0.4
    return krs.resonant(osc, cutoff * (0.4 + env), 1.6) * env * 0.5


def room(inp: krs.Signal):
    size = krs.control("size", 0.78, 0.0, 0.98)
    wet = krs.reverb(krs.highpass(inp, 180.0), size, 0.35)
    return krs.dcblock(wet) * 0.35


with kr.batch():
    k = kr.node("kick", kick, gain=0.9)
    h = kr.node("hat", hat, gain=0.35)
    b = kr.node("bass", bass, gain=0.55)
    r = kr.node("room", room, gain=0.5)
    h >> (r, 0.25)
    b >> (r, 0.12)

kr.tempo = 122
k @ "x . . . x . . . x . . . x . . x"
h @ ((krp.rest() + krp.hit()) * 4)
b @ krp.cat(
    krp.seq("A1", None, "A2", "A1", None, "G1", "A1", None),
    krp.seq("F1", None, "F2", "F1", None, "C2", "D2", "E2"),
)
b @ ("cutoff", krp.sine(350, 2400).over(4))
