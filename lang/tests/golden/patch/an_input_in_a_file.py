kr.input()
