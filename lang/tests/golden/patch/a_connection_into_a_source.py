kr.connect("lead", "drum")
