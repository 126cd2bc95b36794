l @ krp.seq("A2").over(0)
