notes = [60, 64, 67]
for i in range(4):
    print(notes[i])
