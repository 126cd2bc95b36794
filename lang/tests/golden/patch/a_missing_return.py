def f():
    x = krs.saw(110)
kr.node("f", f)
