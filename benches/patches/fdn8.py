# Feedback delay network of eight lines, Householder matrix (I − 2/8 · 11ᵀ), a one-pole low-pass in every loop.


def patch(inp):
    decay = krs.control("decay", 0.92, 0.0, 0.99)
    damp = krs.control("damp", 0.3, 0.0, 0.95)
    lengths = [1433, 1601, 1867, 2053, 2251, 2399, 2617, 2797]

    # The two `feedback`s take one frame, so each line is one frame shorter than its loop.
    def network(mixed):
        def loop(length):
            def body(fed):
                back = krs.delay(fed - decay * mixed, length - 1)
                low = krs.feedback(lambda y: back + damp * (y - back))
                return low, inp + decay * low

            return krs.feedback(body)

        return sum(loop(n) for n in lengths) * 0.25

    return krs.feedback(network) * 0.5
