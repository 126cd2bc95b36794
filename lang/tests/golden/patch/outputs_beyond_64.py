def f(): return tuple([krs.saw(n + 1) for n in range(65)])
kr.node("f", f)
