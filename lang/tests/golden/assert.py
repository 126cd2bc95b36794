steps = 12
assert steps % 8 == 0, f"{steps} is not a multiple of 8"
