left, right = [1, 2, 3]
