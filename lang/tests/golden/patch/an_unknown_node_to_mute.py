kr.mute("ledd")
