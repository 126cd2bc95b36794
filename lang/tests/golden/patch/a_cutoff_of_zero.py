def f(): return krs.lowpass(krs.saw(110), 0)
kr.node("f", f)
