# As the chorus, with feedback around the line: the line is shorter than a block, so the loop runs frame by frame.


def patch(inp):
    rate = krs.control("rate", 0.2, 0.05, 2.0)
    return krs.flanger(inp, rate, 0.005, 0.7)
