x = krp.note("H2")
