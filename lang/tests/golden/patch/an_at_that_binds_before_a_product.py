k @ krp.hit() * 4
