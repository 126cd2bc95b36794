def kick(freq, decay=0.2):
    return freq * decay

kick(50, 0.2, 1)
