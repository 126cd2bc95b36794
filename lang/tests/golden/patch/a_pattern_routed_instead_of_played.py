l >> krp.hit()
