kr.temp = 120
