with kr.transition(2):
    l["cutoff"] = 300
    with kr.transition(3): pass
