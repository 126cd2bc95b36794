def patch(inp):
    return krs.echo(inp, 330.0, 0.6)
