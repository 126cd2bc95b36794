def kick(freq)
    return freq
