def ratio(a, b):
    return a / b

def chord(root):
    return [ratio(root, i) for i in range(3)]

chord(440)
