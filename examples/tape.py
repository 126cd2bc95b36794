# An effect for your own recordings: tape echo with wow, saturation and a darkening loop. A parameter hears one
# channel of a file: `#1` is the first of the two that a session renders.
#
#   synthc render examples/pluck.py -o pluck.wav
#   synthc render examples/tape.py:tape -o tape.wav --input inp=pluck.wav#1


def tape(inp: krs.Signal):
    time = krs.control("time", 0.42, 0.05, 1.5)
    feedback = krs.control("feedback", 0.55, 0.0, 0.95)
    wow = krs.control("wow", 0.0012, 0.0, 0.01)
    mix = krs.control("mix", 0.4, 0.0, 1.0)

    wobble = wow * (krs.sine_osc(0.7) + 0.4 * krs.sine_osc(5.3))
    frames = krs.clip((time + wobble) * krs.sr(), 1.0, 1.6 * 192000.0)

    def loop(fed):
        heard = krs.delay(fed, frames)
        dark = krs.highpass(krs.lowpass(heard, 3800.0), 120.0)
        saturated = dark / (1.0 + krs.abs_(dark) * 0.6)
        return inp + saturated * feedback

    wet = krs.feedback(loop) - inp
    return krs.lerp(inp, wet, mix)
