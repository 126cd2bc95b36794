l >> room
