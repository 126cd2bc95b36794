# Random graphs of 300 and 5000 nodes: operations drawn by a fixed linear congruential generator from what patches are
# made of (arithmetic, oscillators, filters, delays, comparisons), each fed by two of the eight newest signals. Every
# value is folded back into ±1, so nothing grows.


def grow(steps):
    freq = krs.control("freq", 110.0, 20.0, 2000.0)
    tone = krs.control("tone", 0.5, 0.0, 1.0)
    draw = [12345]

    def pick(n):
        draw[0] = (draw[0] * 1103515245 + 12345) % 2147483648
        return (draw[0] // 65536) % n

    pool = [krs.sine_osc(freq), krs.lf_saw(freq * 0.5), tone, krs.white_noise() * 0.1]
    for _ in range(steps):
        recent = pool[-8:]
        a = recent[pick(len(recent))]
        b = recent[pick(len(recent))]
        kind = pick(10)
        if kind == 0:
            y = a * b
        elif kind == 1:
            y = (a + b) * 0.5
        elif kind == 2:
            y = (a - b) * 0.5
        elif kind == 3:
            y = krs.select2(a > b, a, b * 0.9)
        elif kind == 4:
            y = krs.min_(a, b)
        elif kind == 5:
            y = krs.clip(a * 1.5, -1.0, 1.0)
        elif kind == 6:
            y = krs.sine_osc(freq * (1.0 + pick(12)))
        elif kind == 7:
            y = krs.onepole(a, 500.0 + 100.0 * pick(30))
        elif kind == 8:
            y = krs.delay(a, 1.0 + pick(200))
        else:
            y = krs.feedback(lambda fed: a * 0.5 + fed * 0.4)
        pool.append(y)
    return sum(pool) / len(pool)


def patch_300():
    return grow(14)


def patch_5000():
    return grow(670)
