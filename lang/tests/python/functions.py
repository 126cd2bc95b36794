# Functions: parameters, closures, scoping, recursion.
from __future__ import annotations
def f(a, b=2, *args, c=3, **kw):
    return (a, b, args, c, kw)
print(f(1), f(1, 2, 3, 4, c=5, d=6), f(b=1, a=2))
def pos(a, b, /, c, *, d=4):
    return a, b, c, d
print(pos(1, 2, 3), pos(1, 2, c=5, d=6))
xs = [lambda: i for i in range(3)]
print([x() for x in xs])
ys = [lambda i=i: i for i in range(3)]
print([y() for y in ys])
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
c = counter()
print(c(), c(), c())
total = 0
def add(n):
    global total
    total += n
for i in range(5):
    add(i)
print(total)
def fact(n):
    return 1 if n < 2 else n * fact(n - 1)
print(fact(30), fact(5))
def outer():
    x = 1
    def middle():
        def inner():
            return x + y
        return inner
    y = 10
    return middle()()
print(outer())
def deco(g):
    def wrapper(*a, **k):
        return ("wrapped", g(*a, **k))
    return wrapper
@deco
def h(a, b=1):
    """doc"""
    return a + b
print(h(1), h(1, b=5))
print((lambda *a, **k: (a, k))(1, 2, x=3))
args = [1, 2]
kw = {"c": 9, "z": 8}
print(f(*args, **kw), f(*args, *[7, 8], **kw))
def unbound():
    try:
        print(later)
    except UnboundLocalError:
        print("unbound")
    later = 1
unbound()
def gen(n):
    return [i for i in range(n) if (half := i // 2) > 1], half
print(gen(8))
print([(x, y) for x in range(3) for y in range(x) if (x + y) % 2])
print({k: v for k, v in zip("abc", range(3))}, sorted({x % 3 for x in range(10)}))
print(sum(x * x for x in range(10)), max((len(w), w) for w in ["a", "bbb", "cc"]))
g = (x for x in range(3))
print(next(g), list(g), next(g, "end"))
def cap(a, b):
    def inner():
        return a * b
    a += 1
    return inner
print(cap(2, 5)())
def annotated(x: int = 3, *, y: "nonsense" = 2) -> undefined_name:
    z: float = 1.5
    w: int
    return x + y + z
print(annotated(), annotated.__name__)
print([[j for j in range(i)] for i in range(4)])
def compose(*fs):
    def run(x):
        for f in fs:
            x = f(x)
        return x
    return run
print(compose(lambda x: x + 1, lambda x: x * 2)(5))
