notes = [1, 2,
print(notes)
