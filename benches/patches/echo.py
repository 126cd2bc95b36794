# A feedback echo of 330 ms: one line, one multiplication, one addition.


def patch(inp):
    return krs.echo(inp, 330.0, 0.6)
