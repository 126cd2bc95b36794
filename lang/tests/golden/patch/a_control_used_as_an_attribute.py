l.cutoff = 300
