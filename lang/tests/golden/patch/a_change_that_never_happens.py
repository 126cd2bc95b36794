l @ krp.seq("A2").every(0, lambda p: p)
