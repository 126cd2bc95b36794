# Control flow, exceptions, unpacking.
for i in range(3):
    if i == 5:
        break
else:
    print("no break")
n = 0
while True:
    n += 1
    if n == 3:
        continue
    if n > 5:
        break
else:
    print("never")
print(n)
a, *b, c = range(6)
print(a, b, c)
(x, y), z = (1, 2), 3
print(x, y, z)
[p, q] = "ab"
print(p, q)
def t(f):
    try:
        f()
    except ZeroDivisionError as e:
        print("zero", e)
    except (KeyError, IndexError) as e:
        print(type(e).__name__, e)
    except Exception as e:
        print("other", type(e).__name__, e, e.args)
    else:
        print("fine")
    finally:
        print("finally")
t(lambda: 1 / 0)
t(lambda: 1 // 0)
t(lambda: 1 % 0)
t(lambda: 1.0 / 0)
t(lambda: {}["k"])
t(lambda: [][3])
t(lambda: int("x"))
t(lambda: None)
t(lambda: "a" + 1)
t(lambda: [1] + (2,))
t(lambda: len(5))
t(lambda: 5())
t(lambda: [1, 2].index(9))
def two(a, b):
    return a, b
def opt(a, b=1, *, k):
    return a
t(lambda: two(1))
t(lambda: two())
t(lambda: two(1, 2, 3))
t(lambda: two(1, c=1))
t(lambda: two(1, a=1))
t(lambda: opt(1))
t(lambda: opt(1, 2, 3))
t(lambda: None + 1)
t(lambda: undefined_thing)
t(lambda: "abc".nothing)
t(lambda: 1 < "a")
t(lambda: [] in {})
t(lambda: "x" * "y")
t(lambda: next(iter([])))
t(lambda: float("abc"))
t(lambda: chr(-1))
t(lambda: [1, 2, 3][::0])
t(lambda: dict([1]))
t(lambda: 2 ** -1 // 0)
t(lambda: "{}".format())
t(lambda: for_nothing)
def u(f):
    try:
        return f()
    finally:
        print("cleanup")
print(u(lambda: 5))
def early():
    for i in range(10):
        try:
            if i == 2:
                return i
        finally:
            print("f", i)
print(early())
try:
    try:
        raise ValueError("inner")
    except ValueError:
        raise
except ValueError as e:
    print("again", e)
try:
    raise KeyError("k", 1)
except LookupError as e:
    print(repr(e), e)
try:
    assert 1 == 2, "message"
except AssertionError as e:
    print("assert", e)
try:
    a, b = [1, 2, 3]
except ValueError as e:
    print(e)
try:
    a, b, c = 1, 2
except ValueError as e:
    print(e)
try:
    a, *b, c = [1]
except ValueError as e:
    print(e)
try:
    a, b = 5
except TypeError as e:
    print(e)
d = {"x": 1}
del d["x"]
print(d)
l = list(range(10))
del l[2:5]
del l[0]
print(l)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1.0 != 2, not 0, 0 or "x", 1 and [], None or 0 or {})
print("yes" if [] else "no")
x = [1, 2, 3]
x[0], x[2] = x[2], x[0]
print(x)
i = 0
x[i], i = 9, 2
print(x, i)
x += (4, 5)
x *= 2
print(x)
if (m := len(x)) > 5:
    print(m)
print([*range(3), *"ab"], {**{"a": 1}, "b": 2}, (*[1], 2))
for i, (a, b) in enumerate([(1, 2), (3, 4)], 1):
    print(i, a, b, end=";")
print()
print(1, 2, 3, sep="-", end="!\n")
