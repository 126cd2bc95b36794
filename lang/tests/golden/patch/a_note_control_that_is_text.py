l @ krp.note("A2", cutoff="x")
