import re

m = re.match(r"(\w+)\s(\w+)", "hello world again")
print(m.group(), m.group(1), m.group(2), m.groups(), m.span(), m.start(2), m.end())
print(re.match("x", "abc"), re.search("b", "abc").start(), re.fullmatch("a+", "aaa") is not None, re.fullmatch("a", "ab"))
print(re.findall(r"\d+", "a1b22c333"), re.findall(r"(\w)(\d)", "a1b2"), re.findall(r"(\d)", "a1b2"))
print(re.sub(r"\d", "#", "a1b2"), re.sub(r"(\w)(\d)", r"\2\1", "a1b2"), re.sub("a", lambda m: m.group().upper() + "!", "banana"), re.sub("a", "x", "banana", count=2))
print(re.split(r"[,;]\s*", "a, b;c"), re.split(r"(-)", "a-b-c"), re.split("x", "abc"), re.split(",", "a,b,c", maxsplit=1))
p = re.compile(r"(?P<key>\w+)=(?P<val>\w+)")
m = p.search("foo: bar=baz")
print(m.group("key"), m["val"], m.groupdict(), p.groupindex["val"], p.pattern)
print([m.group() for m in p.finditer("a=1 b=2")], p.sub(r"\g<val>:\g<key>", "a=1"))
print(re.escape("a.b*c"), re.match("(a)?(b)?", "b").groups(), re.findall("A", "aAa", re.I), re.findall("^x", "x\nx", re.M))
print(bool(re.match(r"layers\.(\d+)\.weight", "layers.12.weight")), re.match(r"layers\.(\d+)\.", "layers.12.w").group(1))
print(re.sub(r"^module\.", "", "module.conv.weight"), re.sub(r"\s+", " ", "a   b \n c"))
print(re.findall("", "ab"), re.sub("x*", "-", "abc"), re.findall(r"\bfoo\b", "foo food foo"))
if (mm := re.search(r"v(\d)", "model_v3")):
    print(int(mm.group(1)))
