def echo(level):
    return level + echo(level * 0.5)

echo(1.0)
