f = open("kick.wav")
