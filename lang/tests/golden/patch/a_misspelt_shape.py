kr.mod("lead/cutoff", "sin")
