tempo = {"slow": 80, "fast": 140}
print(tempo["fasst"])
