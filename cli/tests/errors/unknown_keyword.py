x = krs.adsr(0.01, 0.1, 0.5, release=0.2, gat=1.0)
