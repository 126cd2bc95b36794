kr["ledd"]
