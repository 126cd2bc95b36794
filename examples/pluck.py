# A plucked string: a burst of noise circulates through a delay of one period and a gentle low-pass.
# K. Karplus and A. Strong, "Digital Synthesis of Plucked-String and Drum Timbres", 1983.
#
#   synthc render examples/pluck.py -o pluck.wav


def string():
    freq = krs.control("freq", 220.0, 40.0, 2000.0, smooth=None)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    damp = krs.control("damp", 0.995, 0.8, 0.9999)
    burst = krs.white_noise() * krs.ar(0.0005, 0.004, gate)
    # The loop of `feedback` adds one frame, the two-point average half a frame.
    period = krs.sr() / freq - 1.5

    def loop(fed):
        returned = krs.delay(fed, period)
        return burst + damp * 0.5 * (returned + krs.mem(returned))

    return krs.dcblock(krs.feedback(loop)) * 0.6


strings = kr.node("string", string, gain=0.5, count=4)
kr.tempo = 92
chords = [("E2", "B2", "E3", "G3"), ("C2", "G2", "E3", "C4"), ("G2", "D3", "B3", "G4"), ("D2", "A2", "F#3", "D4")]
bars = [krp.seq(c[0], c[1], c[2], c[3], c[2], c[3], c[1], c[2]) for c in chords]
strings @ krp.cat(*bars)
