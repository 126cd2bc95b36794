t = krp.reverse
for i in range(400):
    t = krp.every(2, t)
