def f(): return krs.delay(krs.saw(110), 10, 0)
kr.node("f", f)
