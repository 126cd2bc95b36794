samples = [0] * 10**9
