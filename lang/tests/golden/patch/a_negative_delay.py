def f(): return krs.delay(krs.saw(110), -1)
kr.node("f", f)
