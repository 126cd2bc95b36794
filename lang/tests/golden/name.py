frequency = 440
print(frequncy * 2)
