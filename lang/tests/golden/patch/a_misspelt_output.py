def bands(inp): return (inp, inp * 0.5, inp * 0.25)
kr.node("bands", bands)
kr.node("hall", room)
kr.send("bands/out7", "hall", 0.5)
