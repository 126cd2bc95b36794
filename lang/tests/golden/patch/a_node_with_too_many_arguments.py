kr.node("f", drum, 0.5, 2, 4)
