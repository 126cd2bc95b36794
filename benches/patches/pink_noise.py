# White noise (counter-based, keyed) through a third-order pinking filter.


def patch():
    level = krs.control("level", 0.8, 0.0, 1.0)
    return krs.pink_noise() * level
