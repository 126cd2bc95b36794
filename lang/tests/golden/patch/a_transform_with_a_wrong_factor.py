t = krp.fast(0)
