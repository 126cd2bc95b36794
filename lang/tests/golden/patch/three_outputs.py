def f(): return (krs.saw(1), krs.saw(2), krs.saw(3))
kr.node("f", f)
