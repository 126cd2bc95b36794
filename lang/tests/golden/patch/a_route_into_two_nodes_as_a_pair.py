l >> (v, v)
