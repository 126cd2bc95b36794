def room(inp):
    return krs.echo(inp, 250.0)


a = kr.node("a", room)
b = kr.node("b", room)
a >> b
b >> a
