k @ (krp.hit() * 1.5)
