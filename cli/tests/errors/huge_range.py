x = list(range(1_000_000_000))
