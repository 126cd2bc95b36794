l >> k
