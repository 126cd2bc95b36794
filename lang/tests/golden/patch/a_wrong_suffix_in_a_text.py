l @ krp.p("A2 D3*x ~", vel=0.3)
