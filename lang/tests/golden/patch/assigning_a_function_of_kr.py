kr.gain = 3
