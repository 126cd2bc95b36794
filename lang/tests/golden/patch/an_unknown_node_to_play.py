kr.play("ledd", krp.hit())
