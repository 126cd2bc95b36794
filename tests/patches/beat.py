# The beat of tests/tests/beat.rs: times that are whole frames at 128 beats a minute and 48 kHz, and
# oscillators that do not start at 0, so that the first sample of every note can be seen.


def kick():
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    env = krs.adsr(0.0015, 0.18, 0.0, 0.05, gate)
    return krs.sine_osc(48.0 + env * env * 160.0, phase=0.25) * env * 0.8


def hat():
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    env = krs.adsr(0.001, 0.03, 0.25, 0.03125, gate)
    return krs.highpass(krs.white_noise(), 7000.0) * env * 0.4


def bass():
    freq = krs.control("freq", 60.0, 20.0, 1000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 4000.0, 80.0, 6000.0)
    env = krs.adsr(0.003, 0.1, 0.4, 0.0625, gate)
    return krs.lowpass(krs.saw(freq, phase=0.25), cutoff) * env * 0.5


def room(inp):
    size = krs.control("size", 0.7, 0.0, 1.0)
    return krs.reverb(inp, size) * 0.7


with kr.batch():
    drum = kr.node("kick", kick, gain=0.8)
    cymbal = kr.node("hat", hat, gain=0.4)
    low = kr.node("bass", bass, gain=0.5)
    space = kr.node("room", room, gain=0.3)
    low >> (space, 0.4)

kr.tempo = 128
drum @ (krp.hit() * 4)
cymbal @ ((krp.rest() + krp.hit()) * 4)
low @ krp.seq("G2", "C3", None, "A1").over(2)
low @ ("cutoff", krp.sine(300, 2500).over(4))
