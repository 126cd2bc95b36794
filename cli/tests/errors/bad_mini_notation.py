x = krp.p("A2 [B2 C3")
