def chain(x, n):
    return chain(x * 0.5, n - 1)


chain(1.0, 10)
