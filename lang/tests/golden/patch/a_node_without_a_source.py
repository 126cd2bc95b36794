kr.node("f")
