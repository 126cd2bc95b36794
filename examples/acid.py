# An acid line: one saw, a resonant filter with an envelope, glides, accents from random velocity.
#
#   synthc render examples/acid.py -o acid.wav --bars 8


def acid():
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    vel = krs.control("vel", 0.7, 0.0, 1.0)
    cutoff = krs.control("cutoff", 300.0, 60.0, 4000.0)
    env = krs.adsr(0.002, 0.16, 0.0, 0.06, gate)
    amp = krs.adsr(0.002, 0.1, 0.7, 0.03, gate)
    sweep = cutoff + env * (400.0 + 3200.0 * vel * vel)
    x = krs.saw(freq)
    for q in (0.9, 6.5):
        x = krs.resonant(x, sweep, q)
    drive = 0.5 + 1.5 * vel
    return krs.clip(x * drive, -1.0, 1.0) * amp * 0.45


def echo_fx(inp: krs.Signal):
    time = krs.control("time", 348.0, 20.0, 1000.0)
    return krs.lowpass(krs.echo(inp, time, 0.45) - inp, 3500.0)


line = kr.node("acid", acid, gain=0.7)
dub = kr.node("echo", echo_fx, gain=0.5)
line >> (dub, 0.5)

kr.tempo = 129
root = [33, 33, 45, 33, 36, 33, 48, 40, 33, 45, 33, 31, 43, 33, 46, 45]
accents = [1.0 if i % 3 == 0 else 0.45 for i in range(len(root))]
steps = [krp.note(m, vel=a) for m, a in zip(root, accents)]
line @ krp.seq(*steps).every(4, lambda p: p.reverse())
line @ ("cutoff", krp.tri(120, 900).over(8))
