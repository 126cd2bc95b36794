def f(): return krs.saw(110) * float("nan")
kr.node("f", f)
