def e(i): return i
e = kr.node("echo", e)
v >> e
e >> v
