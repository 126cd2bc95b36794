class Synth:
    pass
