l @ krp.seq("A2", "H3")
