# Thirty waveshapers in series, no state: x ← tanh(1.2·x + 0.01·k), driven by a sine.


def patch():
    freq = krs.control("freq", 220.0, 20.0, 2000.0)
    drive = krs.control("drive", 1.2, 0.5, 4.0)
    x = krs.sine_osc(freq)
    for k in range(30):
        x = krs.tanh(x * drive + 0.01 * k)
    return x * 0.5
