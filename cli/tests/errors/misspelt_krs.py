x = krss.sine_osc(440)
