krp.hit() @ l
