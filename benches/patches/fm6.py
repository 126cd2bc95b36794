# Six sines in series by phase modulation: each is added to the next one's phase, so no phase is a running sum of audio.


def patch():
    freq = krs.control("freq", 220.0, 20.0, 2000.0)
    phase = 0.0
    for ratio, depth in [(7.0, 0.1), (5.0, 0.15), (3.0, 0.2), (2.0, 0.25), (1.5, 0.3), (1.0, 1.0)]:
        phase = krs.sine_osc(freq * ratio, phase=phase) * depth
    return phase * 0.5
