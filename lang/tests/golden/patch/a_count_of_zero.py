kr.node("f", lead, count=0)
