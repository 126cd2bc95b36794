# P7: a plucked string: a burst of noise around a line of one period (linear interpolation) and a two-point average.


def patch():
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    burst = krs.white_noise() * krs.ar(0.0005, 0.005, gate)

    def loop(fed):
        back = krs.delay(fed, krs.sr() / 220.0 - 1.5)
        return burst + 0.498 * (back + krs.mem(back))

    return krs.feedback(loop)
