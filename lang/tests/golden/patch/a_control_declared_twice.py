def f():
    a = krs.control("a", 0, 0, 1)
    b = krs.control("a", 0, 0, 2)
    return a + b
kr.node("f", f)
