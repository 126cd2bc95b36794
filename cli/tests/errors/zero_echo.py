def room(inp):
    return krs.echo(inp, 0)


kr.node("room", room)
