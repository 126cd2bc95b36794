# A slow pad: chords spread over eight voices of detuned saws, chorus and a large room behind.
#
#   synthc render examples/pad.py -o pad.wav --bars 8


def pad():
    freq = krs.control("freq", 220.0, 20.0, 2000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    cutoff = krs.control("cutoff", 1200.0, 100.0, 8000.0)
    env = krs.adsr(0.6, 0.8, 0.7, 1.4, gate)
    detune = [-0.007, -0.003, 0.0, 0.004, 0.006]
    left = sum(krs.saw(freq * (1.0 + d)) for d in detune[:3])
    right = sum(krs.saw(freq * (1.0 + d)) for d in detune[2:])
    drift = cutoff * (1.0 + 0.2 * krs.lfo(0.13, -1.0, 1.0))
    shape = env * 0.2
    return krs.lowpass(left, drift, 4) * shape, krs.lowpass(right, drift, 4) * shape


def wide(inp: krs.Signal):
    return krs.chorus(inp, 0.6, 0.004)


def hall(inp: krs.Signal):
    size = krs.control("size", 0.9, 0.0, 0.98)
    return krs.reverb(krs.lowpass(inp, 5000.0), size, 0.4) * 0.2


voices = kr.node("pad", pad, gain=0.35, count=8)
chorus = kr.node("wide", wide, gain=0.4)
room = kr.node("hall", hall, gain=0.5)
voices >> (chorus, 0.6)
voices >> (room, 0.5)

kr.tempo = 70
voices @ krp.cat(
    krp.note("A2", "E3", "C4", "G4", gate=0.9),
    krp.note("F2", "C3", "A3", "E4", gate=0.9),
    krp.note("C3", "G3", "E4", "B4", gate=0.9),
    krp.note("G2", "D3", "B3", "F#4", gate=0.9),
)
voices @ ("cutoff", krp.sine(500, 3000).over(8))
