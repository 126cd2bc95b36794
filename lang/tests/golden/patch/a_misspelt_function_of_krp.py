k @ krp.hitt()
