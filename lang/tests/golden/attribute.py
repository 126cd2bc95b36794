import krs
x = krs.lowpas(1, 800)
