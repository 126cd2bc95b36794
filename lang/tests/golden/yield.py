def notes():
    yield 60
