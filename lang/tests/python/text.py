# Strings.
s = "Hello, World"
print(s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), s[0], s[-1], s[1:5], s[::-1], s[::2], s[-3:], s[20:], len(s))
print(s.split(), s.split(","), s.split("o", 1), "a  b c ".split(), "a,b,,c".split(","), " a b c ".rsplit(None, 1), "a-b-c".rsplit("-", 1), "".split(), "".split(","))
print("-".join(["a", "b"]), "  x ".strip(), "xxaxx".strip("x"), " x".lstrip(), "x ".rstrip(), "a.b.c".partition("."), "a.b.c".rpartition("."), "abc".partition("x"))
print(s.find("o"), s.rfind("o"), s.find("zz"), s.index("W"), s.count("l"), "aaa".count("aa"), s.startswith("He"), s.endswith(("x", "ld")), "aXbX".replace("X", "-"), "aXbX".replace("X", "-", 1), s.find("o", 5), "abc".replace("", "-"))
print("12".isdigit(), "1.2".isdigit(), "ab".isalpha(), "a1".isalnum(), " ".isspace(), "Ab".islower(), "AB".isupper(), "".isdigit(), "Title Case".istitle(), "x_1".isidentifier())
print("a".ljust(4) + "|", "a".rjust(4), "a".center(5, "*"), "ab".center(5, "*"), "42".zfill(5), "-42".zfill(5), "a\tb".expandtabs(4))
print("a\nb\r\nc".splitlines(), "a\nb\n".splitlines(True), "prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"))
print(repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("tab\t nl\n back\\ \x00 \x7f é ü \u200b"), ascii("é€😀"))
print("é" < "z", "abc" < "abd", "a" * 3, 3 * "ab", "x" * -1, "b" in "abc", "" in "abc", "ab" "cd")
u = "naïve €uro 😀"
print(u[2], u[-1], u[::-1], len(u), u.upper(), u.find("€"), u[3:8], u.index("😀"), ord("€"), chr(8364), list("añb"))
print(str(1.0), str(None), str([1, "a", (2,)]), str({"a": 1}), repr({1, 2}), str(()), str((1,)), str({}), str(set()), repr("\\"))
print("a" "b" f"{1 + 1}" "c", """multi
line""", r"raw\n", "\u00e9\x41\101\N{BULLET}")
for ch in "hé":
    print(ch, end=" ")
print()
print("{} {} {}".format(1, "a", [1]), "{1} {0}".format(1, 2), "{:>{w}}".format("x", w=5), "{{}}".format(), "{!r}".format("a"), "{0.real}".format.__name__ if False else "")
print(sorted("banana"), sorted(["b", "A", "c"], key=str.lower) if False else "", list(reversed("abc")), "".join(sorted("hello", reverse=True)))
print("abc".encode if False else "", bool(""), bool(" "), "%s" % "x", "abc" == "abc", "a" != "b", "a" is not None)
print("one two".split(maxsplit=1), "a b c d".split(" ", 2), "x".join("abc"), "ß".upper(), "İ".lower() == "i̇")
