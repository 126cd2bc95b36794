x = krp.sequ("A2")
