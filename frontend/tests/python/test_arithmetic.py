print(7 // 2, -7 // 2, 7 // -2, -7 // -2)
print(7 % 3, -7 % 3, 7 % -3, -7 % -3)
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2)
print(1 / 3, 6 / 3, 2 ** 10, 2 ** -1, 2.0 ** 0.5, (-2) ** 3)
print(1 << 4, 256 >> 3, 6 & 3, 6 | 3, 6 ^ 3, ~5, -1 >> 3)
print(True + True, True * 3, False - 1, True & False, True | False, True ^ True)
print(divmod(17, 5), divmod(-17, 5), divmod(17.5, 5))
print(abs(-3), abs(-3.5), abs(True), round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234, -2), round(15, -1))
print(pow(2, 10), pow(2, 10, 1000), pow(-3, 3, 7), pow(2.0, 3))
print(1e16, 1e15, 123456789.123, 1e-5, 0.0001, 1.5e300 * 1e10, -0.0)
print(float("inf"), float("-inf"), float("nan"), 1e400)
print(int(3.9), int(-3.9), int("42"), int(" -17 "), int("ff", 16), int("0b101", 0), int("1_000"), int(True))
print(float("3.5"), float(3), float(" 1e3 "), float("1_0.5"))
print(0.1 + 0.2, 1 - 0.9, 3 * 0.1)
print(10 == 10.0, 1 == True, 0 == False, "1" == 1, 1 != 2, 1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2)
print(not 0, not 1, not "", not [], 1 and 2, 0 and 2, 1 or 2, 0 or 2, None or "x")
x = 5
x += 2
print(x)
x -= 1
x *= 3
print(x)
x //= 4
print(x)
x **= 2
print(x)
x %= 7
print(x)
x <<= 3
x |= 1
x ^= 3
x &= 14
x >>= 1
print(x)
y = 3
y /= 2
print(y)
print(bin(10), oct(64), hex(255), bin(-5), hex(-255))
print((5).bit_length(), (255).bit_count(), (2.5).is_integer(), (2.0).is_integer(), (0.75).as_integer_ratio())
print(0x1F, 0o17, 0b11, 1_000_000, 1e3, .5, 5.)
print(max(1, 2.5), min(3, 1, 2), max([3, 9, 4]), min("hello"), max("a", "b"), sum([1, 2, 3]), sum([0.5, 1], 10))
print((1 + 2) * 3 - 4 / 2, -2 ** 2, (-2) ** 2, 2 ** 3 ** 2)
print(hash(5), hash(True), hash(1.0) == hash(1))
