# Sixty-four harmonics of one control, summed: free of aliases. FAUST's version reads a table of 65536 cells per sine.


def patch():
    freq = krs.control("freq", 55.0, 20.0, 200.0)
    return sum(krs.sine_osc(freq * k) / k for k in range(1, 65)) * 0.2
