l @ krp.hit().spread(9, 8)
