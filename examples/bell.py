# FM bells: a modulator tuned 3.5 times above the carrier, brightness dying faster than loudness.
# J. Chowning, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation", 1973.
#
#   synthc render examples/bell.py -o bell.wav


def bell():
    freq = krs.control("freq", 440.0, 40.0, 4000.0)
    gate = krs.control("gate", 0.0, 0.0, 1.0)
    index = krs.control("index", 5.0, 0.0, 12.0)
    loud = krs.ar(0.002, 3.2, gate)
    bright = krs.ar(0.001, 1.1, gate)
    modulator = krs.sine_osc(freq * 3.5) * index * bright * bright
    phase = krs.phasor(freq) * (2.0 * math.pi)
    return krs.sin(phase + modulator) * loud * loud * 0.4


bells = kr.node("bell", bell, gain=0.5, count=6)
kr.tempo = 66
scale = ["C5", "D5", "E5", "G5", "A5", "C6"]
bells @ krp.seq(*[scale[(3 * i * i + i) % 6] for i in range(6)]).sometimes(0.3, lambda p: p.reverse())
