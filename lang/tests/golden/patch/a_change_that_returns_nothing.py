l @ krp.seq("A2").every(2, lambda p: None)
