l @ krp.seq()
