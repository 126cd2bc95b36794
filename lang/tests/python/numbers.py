# Numbers: exactness, floor semantics, representation, formatting.
import math
for a in (7, -7, 7.5, -7.5, 0, True):
    for b in (2, -2, 2.5, -0.5, 3):
        print(a, b, a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b))
print(2 ** 100, -2 ** 3, (-2) ** 3, 2 ** -1, 2 ** 0.5, 0 ** 0, 10 ** 20 // 3, -10 ** 20 % 7)
print(9223372036854775807 + 1, -9223372036854775808 - 1, 9223372036854775807 * 3, abs(-9223372036854775808))
print(1 << 70, -1 << 3, (1 << 70) >> 68, -5 >> 1, 5 & 3, 5 | 3, 5 ^ 3, ~5, -5 & 0xff, (1 << 80) | 1)
print(0.1 + 0.2, 1e16, 1e15, 123456789012345678.0, 1e-4, 1e-5, 1.0, -0.0, 1e300 * 1e10, float("nan"), 5e-324, 1.5e-7, 2.5e22)
print(1 == 1.0, 2 ** 53 == float(2 ** 53), 2 ** 53 + 1 == float(2 ** 53), 10 ** 400 > 1e308, -10 ** 400 < float("-inf"), 1 < 1.5, 9007199254740993 > 9007199254740992.0)
print(round(0.5), round(1.5), round(2.5), round(-0.5), round(2.675, 2), round(1234.5678, -2), round(15, -1), round(25, -1), round(1e20), round(5.015, 2), round(0.125, 2), round(150.0, -2), round(250.0, -2))
print(10 ** 30 / 10 ** 10, 1 / 3, 10 ** 400 / 10 ** 399, (2 ** 60 + 1) / 3, 1 / 10 ** 25, 7 / 10 ** 300)
print(int(3.9), int(-3.9), int("12"), int(" -0x1f ", 16), int("1_000"), int("z", 36), int(1e20), int(True), float("1e3"), float(" inf "), float(10 ** 20), bool(0.0), bool("0"))
print(hex(255), oct(8), bin(-5), (255).bit_length(), (2.5).is_integer(), (0.75).as_integer_ratio())
print(math.floor(-2.5), math.ceil(2.1), math.trunc(-2.9), math.sqrt(2), math.pi, math.gcd(12, 18), math.lcm(4, 6), math.factorial(20), math.comb(10, 3), math.perm(5, 2), math.isqrt(10 ** 20 + 1), math.hypot(3, 4), math.fsum([0.1] * 10), math.prod([1, 2, 3.5]), math.copysign(1, -0.0), math.fmod(-7, 3), math.remainder(7, 2), math.modf(-2.5), math.frexp(10.0), math.ldexp(0.5, 4), math.log2(8), math.log10(1000), math.log(8, 2), math.log(math.e), math.isclose(0.1 + 0.2, 0.3), math.degrees(math.pi), math.radians(180), math.inf, math.nan, math.tau)
print([round(v, 13) for v in (math.erf(0.5), math.erf(-2.7), math.erfc(0.3), math.gamma(0.5), math.gamma(4.3), math.lgamma(10.5), math.lgamma(-0.7), math.cbrt(2.0))], f'{math.erfc(3.0):.12e}', math.gamma(5), math.exp(1), math.sin(1), math.cos(1), math.tan(1), math.atan2(1, -1), math.dist([0, 0], [3, 4]), math.isnan(math.nan), math.isinf(math.inf), math.exp2(10), math.expm1(1e-10), math.log1p(1e-10), math.ulp(1.0), math.nextafter(1.0, 2.0))
print(min(3, 1, 2), max([1, 5, 3]), min("b", "a"), max([], default=7), min([3, -1], key=abs), max("apple", "fig", key=len), sum([1, 2.5]), sum([[1], [2]], []), abs(-3.5), pow(2, 10), pow(3, 200, 7), pow(3, -1, 7))
print(f"{3.14159:.2f}|{42:5d}|{42:<5}|{42:^5}|{42:>+5}|{-42:05d}|{1234567:,}|{1234567.891:,.2f}|{255:x}|{255:#X}|{255:b}|{255:#o}|{0.25:%}|{0.25:.1%}|{12345.678:e}|{12345.678:.3g}|{0.00001234:g}|{1e10:g}|{100000:g}|{1000000:g}")
print(f"{'a':>5}|{'b':*^7}|{'cdef':.2}|{'x'!r:>6}|{3.0}|{3}|{1e100}|{True}|{True:d}|{None}|{[1, 'a']}|{0.1 + 0.2:.17g}|{5:08.3f}|{-5.5:+}|{5: d}|{1_000_000:_}|{3.7:.0f}|{2.5:.0f}|{0.5:.0f}")
w, p = 10, 3
print(f"{math.pi:{w}.{p}f}|{'n':{w}}|{w=}|{w + p = }|{w!r:>4}|{{}}|{math.pi:.3}|{1234567.0:.3}|{100.0:.3}|{10.0:.3}|{1e-7:.2}|{0.0:.3}|{12.0:.1}")
print("%d %5.2f %s %r %x %e %g %% %05d %-5d| %+d" % (3, 2.5, "s", "r", 255, 12345.678, 0.0001, 42, 42, 7))
print("%s" % 5, "%s %s" % ("a", (1, 2)), "%(a)s-%(b)d" % {"a": 1, "b": 2}, "%.3s|%5s|%-5s|" % ("abcdef", "x", "y"))
print(format(3.14159, ".3f"), format(255, "x"), format("a", ">3"), "{:>5}|{0}|".replace("{0}", "{}").format(1, 2), "{0[1]} {a} {b:.2f} {c!r}".format([1, 2], a=1, b=2, c="x"))
print(170015186636.640625, -4503599627370497.5, 9007199254740993.0, 2.0 ** -44 * 3, 1.5e-5, 1e23, 9.5, 5e-324 * 3)
print(1e22, 1e21, 123456.789e3, 1.7976931348623157e308, 2.2250738585072014e-308, 0.1, 1 / 7, 100.0, 1e2, 3.0e-10)
print(float(2 ** 62 + 1), 2 ** 62 / 1.0, 3 * 1.5, 7 // 2.0, -7 // 2.0, 7 % -2.5, 1e308 * 10, True + True, True * 2.5, -True, True & False, True | 2)
print(isinstance(True, int), isinstance(1, (str, float)), isinstance(1.0, float), type(1), type("a").__name__, callable(len), callable(3), type(2 ** 100).__name__)
