"""Computes every polynomial of this folder: `python3 remez.py > coefficients.rs && cargo fmt` (needs mpmath).

Weighted minimax by the exchange algorithm of Remez (1934; see Muller, Elementary Functions, 3rd ed.
2016, ch. 3). Coefficients are rounded to the float width one after the other, lowest power first; after each
rounding the remaining ones are fitted again, so the rounding errors of the large coefficients are compensated.
The number after each array is the largest relative error of the function it serves, as log2, in exact arithmetic.
"""
from mpmath import mp, mpf, matrix, lu_solve, sin, cos, tan, exp, log, sqrt, pi, atan, asin, atanh, findroot, cot
import struct

mp.prec = 200
GRID = 700


def to_f32(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def to_f64(x):
    return mpf(float(x))


def remez(g, w, powers, grid, gs, ws):
    n = len(powers)
    m = len(grid)
    ref = [round((m - 1) * (1 - float(cos(pi * i / n))) / 2) for i in range(n + 1)]
    for _ in range(30):
        a = matrix(n + 1, n + 1)
        b = matrix(n + 1, 1)
        for i, k in enumerate(ref):
            for j, p in enumerate(powers):
                a[i, j] = ws[k] * grid[k] ** p
            a[i, n] = (-1) ** i
            b[i] = ws[k] * gs[k]
        c = lu_solve(a, b)
        err = []
        for k in range(m):
            z = grid[k]
            err.append(ws[k] * (sum(c[j] * z**p for j, p in enumerate(powers)) - gs[k]))
        # one extremum of every run of equal signs
        runs = []
        for k in range(m):
            s = err[k] > 0
            if runs and runs[-1][0] == s:
                if abs(err[k]) > abs(err[runs[-1][1]]):
                    runs[-1] = (s, k)
            else:
                runs.append((s, k))
        new = [k for _, k in runs]
        while len(new) > n + 1:
            if len(new) == n + 2:
                new.pop(0 if abs(err[new[0]]) < abs(err[new[-1]]) else -1)
            else:
                i = min(range(len(new) - 1), key=lambda i: max(abs(err[new[i]]), abs(err[new[i + 1]])))
                del new[i : i + 2]
        worst = max(abs(e) for e in err)
        if len(new) < n + 1 or new == ref or worst < abs(c[n]) * (1 + mpf(10) ** -4):
            break
        ref = new
    return [c[j] for j in range(n)], worst


def fit(g, w, n, lo, hi, rounding, fixed=()):
    """n coefficients of powers 0.. of a polynomial near g, |w (P - g)| minimal; the first ones may be fixed."""
    # Chebyshev-spaced, without the end points, where quotients may be 0/0
    grid = [mpf(lo) + (mpf(hi) - lo) * (1 - cos(pi * (mpf(i) + mpf(1) / 2) / GRID)) / 2 for i in range(GRID)]
    gs = [g(z) for z in grid]
    ws = [w(z) for z in grid]
    done = [mpf(c) for c in fixed]
    while len(done) < n:
        rest = [gz - sum(c * z**p for p, c in enumerate(done)) for gz, z in zip(gs, grid)]
        c, _ = remez(g, w, list(range(len(done), n)), grid, rest, ws)
        done.append(rounding(c[0]))
    worst = max(abs(wz * (sum(c * z**p for p, c in enumerate(done)) - gz)) for gz, wz, z in zip(gs, ws, grid))
    return done, worst


def show_float(x, width):
    if width == 32:
        v = struct.unpack("f", struct.pack("f", float(x)))[0]
        for digits in range(6, 12):
            s = f"{v:.{digits}e}"
            if struct.unpack("f", struct.pack("f", float(s)))[0] == v:
                break
    else:
        s = repr(float(x))
    f = float(s)
    return f"{f!r}"


def emit(name, doc, f32, f64):
    for width, (coefs, worst) in ((32, f32), (64, f64)):
        print(f"/// {doc}, `f{width}`: 2^{float(log(worst, 2)):.1f}.")
        print(f"pub(super) const {name}_F{width}: &[f64] = &[")
        for c in coefs:
            print(f"    {show_float(c, width)},")
        print("];")


def constant(name, doc, x, ty="f64"):
    print(f"/// {doc}")
    print(f"pub(super) const {name}: {ty} = {float(x)!r};")


def both(name, doc, g, w, n32, n64, lo, hi, fixed=()):
    emit(
        name, doc,
        fit(g, w, n32, lo, hi, to_f32, [to_f32(c) for c in fixed]),
        fit(g, w, n64, lo, hi, to_f64, [to_f64(c) for c in fixed]),
    )


def pinned_sine(rounding, c, k, n, top):
    """sin r = c r + r (k - z) T(z), z = r^2; returns T."""
    def s(z):
        r = sqrt(z)
        return sin(r) / r
    return fit(lambda z: (s(z) - c) / (k - z), lambda z: abs(k - z) / s(z), n, 0, top, rounding)


def sine_constants(rounding, step, margin):
    """A float c for which the k with sin(sqrt k) = c sqrt k is closest to a float.

    c is below 2/pi by a relative margin wider than the peak is flat, so that c r < 1 there."""
    best = None
    c0 = rounding(2 / pi * (1 - margin))
    for j in range(-40, 41):
        c = c0 + j * step
        r = findroot(lambda r: sin(r) - c * r, pi / 2)
        k = r * r
        miss = abs(rounding(k) - k)
        if best is None or miss < best[0]:
            best = (miss, c, k)
    return best[1], best[2]


def split(x, bits):
    """x > 0 cut to that many significant bits, so that the rest is positive too."""
    e = int(mp.floor(log(abs(x), 2))) + 1
    unit = mpf(2) ** (e - bits)
    return mp.floor(x / unit) * unit


def four_parts(name, doc, x, bits):
    a = split(x, bits[0])
    b = split(x - a, bits[1])
    c = split(x - a - b, bits[2])
    d = to_f32(x - a - b - c)
    parts = ", ".join(repr(float(v)) for v in (a, b, c, d))
    print(f"/// {doc}, `f32`: the first three have {bits[0]}, {bits[1]} and {bits[2]} bits.")
    print(f"pub(super) const {name}_F32: [f64; 4] = [{parts}];")


def three_parts(name, doc, x, widths):
    for width, bits, rounding in widths:
        a = split(x, bits)
        b = split(x - a, bits)
        c = rounding(x - a - b)
        parts = ", ".join(repr(float(v)) for v in (a, b, c))
        print(f"/// {doc}, `f{width}`: the first two have {bits} bits.")
        print(f"pub(super) const {name}_F{width}: [f64; 3] = [{parts}];")


def two_parts(name, doc, x, bits32, bits64):
    for width, bits, rounding in ((32, bits32, to_f32), (64, bits64, to_f64)):
        a = split(x, bits)
        b = rounding(x - a)
        print(f"/// {doc}, `f{width}`: the first has {bits} bits.")
        print(f"pub(super) const {name}_F{width}: [f64; 2] = [{float(a)!r}, {float(b)!r}];")


def main():
    print("//! Polynomial coefficients, lowest power first, and split constants: the output of `remez.py` in this folder.")
    print("//!")
    print("//! The logarithm in each comment is the largest relative error of the function the polynomial serves, before")
    print("//! rounding errors of its evaluation. `f32` coefficients are the shortest decimals that round to the float meant.")
    print()
    print("#![allow(clippy::excessive_precision, clippy::unreadable_literal, clippy::approx_constant)] // generated digits")
    print()

    # ---- trigonometric
    def st(z):
        u = sqrt(z)
        return sin(2 * pi * u) / u
    k = mpf(1) / 16
    both("SIN_TURNS", "T of sin 2πu = 4u + u(1/16 − z)T(z), z = u² ≤ 1/16",
         lambda z: (st(z) - 4) / (k - z), lambda z: (k - z) / st(z), 4, 8, 0, k)
    def show(name, doc, width, result):
        coefs, worst = result
        print(f"/// {doc}, `f{width}`: 2^{float(log(worst, 2)):.1f}.")
        print(f"pub(super) const {name}_F{width}: &[f64] = &[")
        for c in coefs:
            print(f"    {show_float(c, width)},")
        print("];")
    top = (pi / 2) ** 2
    c64, k64 = sine_constants(to_f64, mpf(2) ** -53, mpf("2e-8"))
    def sn(z):
        r = sqrt(z)
        return (sin(r) / r - 1) / z
    show("SIN", "P of sin r = r + rzP(z), z = r², |r| ≤ π/2 and a little", 32,
         fit(sn, lambda z: z / (1 + z * sn(z)), 5, 0, (pi / 2 + mpf("0.004")) ** 2, to_f32))
    show("SIN", "T of sin r = c·r + r(k − z)T(z), z = r², |r| ≤ π/2 and a little", 64,
         pinned_sine(to_f64, c64, k64, 8, (pi / 2 + mpf("0.0001")) ** 2))
    print("/// (c, k) of [`SIN_F64`].")
    print(f"pub(super) const SIN_PIN_F64: (f64, f64) = ({float(c64)!r}, {float(k64)!r});")
    three_parts("PI", "π in parts", pi, ((32, 8, to_f32), (64, 33, to_f64)))
    four_parts("HALF_PI", "π/2 in parts", pi / 2, (8, 8, 14))
    three_parts("HALF_PI", "π/2 in parts", pi / 2, ((64, 33, to_f64),))
    def tn(z):
        r = sqrt(z)
        return tan(r) / r
    quarter = (pi / 4) ** 2 * mpf("1.001")
    kt = to_f64(top)
    constant("TAN_POLE_F64", "(π/2)², the pole of [`TAN_F64`].", kt)
    show("TAN", "N of tan r = rN(z)/((π/2)² − z), z = r² ≤ (π/4)²", 64,
         fit(lambda z: tn(z) * (kt - z), lambda z: 1 / (tn(z) * (kt - z)), 8, 0, quarter, to_f64))
    show("TAN", "R of tan r = r + rzR(z), z = r² ≤ (π/4)²", 32,
         fit(lambda z: (tn(z) - 1) / z, lambda z: z / tn(z), 7, 0, quarter, to_f32))
    def tp(z):
        x = sqrt(z)
        return tan(pi * x) / x
    show("TAN_PI", "A of tan πu = 4u − uA(z), z = u² ≤ 1/16", 32,
         fit(lambda z: 4 - tp(z), lambda z: 1 / tp(z), 8, 0, mpf(1) / 16, to_f32))
    show("TAN_PI", "M of tan πx = x((2/π)/(¼ − z) + M(z)), z = x² < 1/4", 64,
         fit(lambda z: tp(z) - 2 / pi / (mpf(1) / 4 - z), lambda z: 1 / tp(z), 10, 0, mpf(1) / 4, to_f64))

    # ---- exponential and logarithm
    both("EXP2", "2·2ᶠ, |f| ≤ ½", lambda f: 2 * 2**f, lambda f: 1 / (2 * 2**f), 7, 12, mpf(-1) / 2, mpf(1) / 2, (2,))
    h = log(2) / 2 * mpf("1.001")
    both("EXP", "2·eʳ, |r| ≤ ln 2/2", lambda r: 2 * exp(r), lambda r: 1 / (2 * exp(r)), 7, 12, -h, h, (2, 2))
    two_parts("LN2", "ln 2 in parts", log(2), 15, 40)
    s = (sqrt(2) - 1) / (sqrt(2) + 1)
    zt = s * s * mpf("1.001")
    for name, base, doc in (("LOG", mp.e, "ln"), ("LOG2", mpf(2), "log₂"), ("LOG10", mpf(10), "log₁₀")):
        def lg(z, base=base):
            s = sqrt(z)
            return log((1 + s) / (1 - s)) / log(base) / s
        both(name, f"R of {doc} m = s·R(s²), s = (m − 1)/(m + 1), s² ≤ 0.0295", lg, lambda z, lg=lg: 1 / lg(z), 4, 8, 0, zt)
    two_parts("LOG10_2", "log₁₀ 2 in parts", log(2) / log(10), 15, 40)
    def pw(z):
        s = sqrt(z)
        return 3 * (atanh(s) / s - 1 - z / 3) / (z * z)
    both("POW_LOG", "R of 3·artanh(s)/s = 3 + z + z²R(z), z = s² ≤ 0.0295", pw, lambda z: z * z / 3, 3, 7, 0, zt)
    two_parts("TWO_OVER_3_LN2", "2/(3 ln 2) in parts", 2 / (3 * log(2)), 12, 26)

    # ---- inverse trigonometric, hyperbolic
    t = tan(pi / 8) ** 2 * mpf("1.001")
    def at(z):
        x = sqrt(z)
        return (atan(x) / x - 1) / z
    both("ATAN", "R of arctan t = t + tzR(z), z = t² ≤ tan²(π/8)", at, lambda z: z / (1 + z * at(z)), 5, 11, 0, t)
    def asn(z):
        x = sqrt(z)
        return (asin(x) / x - 1) / z
    both("ASIN", "R of arcsin x = x + xzR(z), z = x² ≤ 1/4", asn, lambda z: z / (1 + z * asn(z)), 5, 12, 0, mpf(1) / 4)
    both("EXPM1", "Q of eʳ − 1 = r + r²Q(r), |r| ≤ ln 2/2", lambda r: (exp(r) - 1 - r) / r**2, lambda r: r * r / (exp(r) - 1), 6, 11, -h, h)


main()
