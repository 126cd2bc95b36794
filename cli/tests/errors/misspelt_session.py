kr.nod("tone", lambda: krs.sine_osc(440))
