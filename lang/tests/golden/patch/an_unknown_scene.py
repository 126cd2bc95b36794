kr.recall("x")
