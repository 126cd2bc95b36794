# A sine whose frequency an envelope sweeps (the phase is a running sum of audio), linear adsr.


def patch():
    gate = krs.control("gate", 1.0, 0.0, 1.0)
    env = krs.adsr(0.002, 0.3, 0.2, 0.06, gate)
    return krs.sine_osc(48.0 + env * 180.0) * env * 0.9
