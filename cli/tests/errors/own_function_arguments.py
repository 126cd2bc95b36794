def tone(freq, level):
    return krs.saw(freq) * level


x = tone(110.0)
