k.hsuh()
