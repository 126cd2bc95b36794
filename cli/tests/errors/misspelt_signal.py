x = krs.sine_ocs(440)
