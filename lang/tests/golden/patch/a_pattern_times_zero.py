k @ (krp.hit() * 0)
