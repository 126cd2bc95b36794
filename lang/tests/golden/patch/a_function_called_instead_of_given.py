kr.node("f", drum())
