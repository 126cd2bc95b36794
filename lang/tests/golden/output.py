for i in range(10**6):
    print("the same line again and again", i)
