# P8: 300 unit generators: fifty strands of sine, gain, one-pole low-pass, gain, offset and the sum of all.


def patch():
    total = 0.0
    for i in range(50):
        x = krs.sine_osc(60.0 + 31.0 * i) * (0.3 + 0.01 * i)
        x = krs.onepole(x, 400.0 + 90.0 * i) * (1.0 - 0.01 * i)
        total = total + (x + 0.001 * i)
    return total / 50.0
