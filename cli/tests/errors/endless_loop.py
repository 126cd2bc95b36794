n = 0
while n < 10:
    m = n + 1
