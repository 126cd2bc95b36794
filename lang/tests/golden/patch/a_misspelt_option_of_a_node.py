kr.node("f", lead, gian=2)
