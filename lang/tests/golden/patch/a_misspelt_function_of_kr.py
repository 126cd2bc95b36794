kr.nod("x", drum)
