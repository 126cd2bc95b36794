def kick(freq):
    freq * 2

x = 0.5 * kick(50)
