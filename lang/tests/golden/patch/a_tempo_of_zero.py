kr.tempo = 0
