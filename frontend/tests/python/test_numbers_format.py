for v in (0, 1, -1, 123456789, 2 ** 40):
    print(f"{v:>15,}|{v:<12}|{v:^14}|{v:+}|{v:x}|{v:o}|{v:b}|{v:e}")
for v in (0.0, 1.0, -1.5, 3.14159265, 1e-7, 1.23e20, 123456.789, 0.1, 1 / 3, 5e-324, 1.7976931348623157e308):
    print(v, repr(v), f"{v:.3f}", f"{v:10.2e}", f"{v:g}", f"{v:.10g}", f"{v:8.1f}", str(v))
for spec in ("", "5", "<5", "05", "+.1f", ".0f", ",.2f", "e", ".3e", "g", "%", ".1%", "_.2f", " .2f", "*>10.1f"):
    print(spec, format(1234.5678, spec))
print("%5.1f|%-8s|%08.3f|%+d|%x|%X|%o|%c|%e|%g" % (3.14159, "ab", 2.5, 5, 255, 255, 8, "z", 12345.6789, 0.0001))
print("%s %r %5s %-5s| %.2s" % ("a", "a", "b", "c", "abcdef"))
print(round(0.5), round(1.5), round(2.5), round(-0.5), round(1e20) if False else 0, round(123.456, 1), round(123.456, -1), round(-1.5))
print(1e22, 1e21, 123456789012345678, 0.1 + 0.7, 100 * 1.1, 1.1 * 1.1, 2 ** 0.5, 1e-4, 1e-5, 1234567890123456.0, 12345678901234567.0)
print(7 / 2, 7 // 2, 7 % 2, -7 / 2, 7.0 // 2, 2 ** 62, -(2 ** 62), 9223372036854775807)
print(float("1e-3"), float("  -2.5"), float("nan") != float("nan"), float("inf") > 1e308, -float("inf"), int("0x1f", 16), int("-101", 2), int("z", 36))
print(3.0 == 3, 3.5 == 3, 1e3 == 1000, 0.1 + 0.2 == 0.3, 2 ** 53 == float(2 ** 53), (2 ** 53 + 1) == float(2 ** 53), 10 ** 15 < 1e15 + 1)
print(5 // 0.3, 5 % 0.3, -5 % 0.3, 0.0 // 1, 1 // -0.5, divmod(5, 0.3))
print(True + 1.5, True / 2, ~True, -True, +False, True ** 2, True << 2, abs(-0.0), -0.0 == 0.0)
print((3).real, (3).imag, (3.5).real, (3).numerator, (3).denominator, (255).to_bytes if False else "", (1.5).hex if False else "")
