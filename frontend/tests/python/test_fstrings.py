x, y, name = 3, 4.56789, "bob"
print(f"{x} {y} {name}")
print(f"{x + 1} {y:.2f} {name!r} {name.upper()} {x:5d}| {x:<5}| {name:>6} {name:^7}|")
print(f"{x=} {y = :.1f} {name=!s} {x*2=}")
width, prec = 10, 3
print(f"{y:{width}.{prec}f}|{y:{width}}|{'a':>{width}}")
print(f"{{literal}} {'nested ' + f'{x}'} {[i for i in range(3)]} {({'a': 1})['a']}")
print(f"{1234567:,} {0.256:.1%} {255:x} {255:#x} {255:b} {255:08b} {-5:+d} {5:+d} {1e10:g} {12345.678:e}")
print(f"{True} {None} {[1, 2]} {(1, 'a')} {3.0} {1e100}")
print(f"{'multi'}" f"{' part'} " "plain")
print(f"""triple {x}
line {y:.1f}""")
print(f"{x!r:>5}|{name!s:*<8}|")


class P:
    def __repr__(self):
        return "P()"

    def __str__(self):
        return "str P"

    def __format__(self, spec):
        return f"<{spec}>" if spec else "fmt"


p = P()
print(f"{p} {p!r} {p!s} {p:abc} {str(p)} {repr(p)} {[p]}")
print(f"{x if x > 2 else 'no'} {'yes' if not x else 'no'} {lambda_result(2) if False else (lambda v: v * 2)(4)}")
print(format(3.14159, ".3f"), format(42, "08d"), format("x", "^5"), format(7, ""))
print(f"{0.1 + 0.2} {1/3:.4f} {100:.2e} {0:.0%} {123456789.0} {1e16}")
print(f"{-0.5:.0f} {1.5:.0f} {2.5:.0f} {1234.5678:10.2f}| {3:=+5d} {-3:05d}")
print(f"{'%':>3}{'#':<3}|{chr(10)!r}")
