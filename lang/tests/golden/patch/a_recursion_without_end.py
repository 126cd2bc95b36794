def f(): return f()
kr.node("f", f)
