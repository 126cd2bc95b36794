x = l["cutof"]
