l["cutof"] = 300
