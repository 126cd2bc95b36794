k @ krp.hit() + krp.rest()
