kr.remove("lead")
l @ krp.hit()
