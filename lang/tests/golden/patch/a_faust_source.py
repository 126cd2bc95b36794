kr.node("f", "faust:osc")
