def f():
    x = krs.saw(110)
    if x > 0:
        return x
    return -x
kr.node("f", f)
