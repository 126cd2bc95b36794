from krs import sine_ocs
