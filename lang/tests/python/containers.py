# Lists, tuples, dicts, sets, ranges, iterators.
l = [3, 1, 2]
l.append(5); l.extend([7, 6]); l.insert(1, 9); l.insert(-1, 8); l.insert(100, 0)
print(l, l.pop(), l.pop(0), l.pop(-2), l)
l.remove(9); l.sort(); print(l); l.sort(reverse=True); print(l); l.reverse(); print(l, l.index(5), l.count(2), l.copy())
print(sorted([(1, "b"), (0, "z"), (1, "a")]), sorted([3, 1, 2], key=lambda x: -x), sorted(["bb", "a", "cc"], key=len), sorted(["bb", "a", "cc"], key=len, reverse=True), sorted({"b": 1, "a": 2}))
print(l[1:3], l[::-1], l[-2:], l[:0], l[5:1:-2], l[10:], [1, 2] * 2, [1] + [2], [1, 2] == [1, 2.0], [1, 2] < [1, 3], [] < [0], (1, 2) < (1, 2, 0))
l[1:3] = ["a", "b", "c"]; print(l); l[::2] = [0] * len(l[::2]); print(l); l[1:1] = [9, 9]; print(l); l.clear(); print(l)
t = (1, 2, 3)
print(t[0], t[-1], t[1:], t + (4,), t * 2, len(t), 2 in t, t.index(2), t.count(1), (), (1,), tuple("ab"))
d = {"b": 1, "a": 2}
d["c"] = 3; d["b"] = 10
print(d, len(d), list(d), d.keys(), d.values(), d.items(), d.get("x"), d.get("x", 0), d.pop("a"), d.pop("zz", None), d, "b" in d, "q" not in d)
d.update({"x": 1}, y=2); d.setdefault("z", []).append(1); d.setdefault("b", 5); print(d, d.popitem(), d.copy() == d, dict(a=1), dict([("k", 1)]), dict(zip("ab", [1, 2])), {1: "a", 1.0: "b", True: "c"}, d | {"n": 1})
for k, v in d.items():
    print(k, v, end=" ")
print()
s = {1, 2, 3}
s.add(4); s.discard(9); s.remove(1)
print(sorted(s), sorted(s | {7}), sorted(s & {2, 3}), sorted(s - {2}), sorted(s ^ {2, 9}), s <= {2, 3, 4, 5}, s == {4, 3, 2}, sorted(s.union([8])), s.isdisjoint({10}), len(s), 3 in s)
print(range(5), list(range(2, 10, 3)), list(range(5, 0, -2)), len(range(0, 10, 3)), range(10)[3], range(10)[-1], range(10)[2:5], 5 in range(0, 10, 5), 3.0 in range(5), range(0) == range(5, 5), list(reversed(range(3))), range(1, 10, 2).index(5))
print(list(zip([1, 2, 3], "ab")), list(enumerate("ab")), list(map(lambda x, y: x + y, [1, 2], [3, 4])), list(filter(None, [0, 1, "", "a"])), list(filter(lambda x: x > 1, [1, 2, 3])), any([0, 1]), all([]), all([1, 0]), list(reversed([1, 2])), list(zip()))
it = iter([1, 2, 3])
print(next(it), list(it), next(it, None), list(zip(*[(1, 2), (3, 4)])))
a = [1]; a.append(a); print(a)
b = {}; b["self"] = b; print(b)
m = [[0] * 3 for _ in range(2)]; m[0][1] = 5; print(m)
n = [[0] * 2] * 2; n[0][0] = 1; print(n)
print([1, 2, 3] == [1, 2, 3], [1] is [1], None is None, {"a": [1]} == {"a": [1]}, {1: 2} != {1: 3}, (1, [2]) == (1, [2]))
x = y = []
x.append(1); print(y); x = x + [2]; print(x, y); y += [3]; print(x, y)
print(isinstance([], list), isinstance((), (list, tuple)), isinstance({}, dict), type({1}), type(None), type(range(1)), hasattr([], "append"), hasattr([], "nope"), getattr("abc", "upper")())
nan = float("nan")
print(nan in [nan], nan == nan, [nan] == [nan], {(1, 2): "t"}[(1, 2)], {None: 1}, {True: 1}[1])
print(sum([1, 2, 3], 10), sum(x for x in [0.5, 0.25]), list({}.items()), [*{"a": 1}], {**{}}, len("a" * 10), list("ab") * 2)
q = list(range(5))
for v in q:
    if v < 3:
        q.append(v + 10)
print(q)
try:
    for k in d:
        d[k + "!"] = 1
except RuntimeError as e:
    print(e)
