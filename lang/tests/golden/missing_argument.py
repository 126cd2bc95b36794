import krs

def bass():
    return krs.lowpass(1)

bass()
