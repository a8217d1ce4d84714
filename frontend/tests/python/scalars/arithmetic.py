def f(n, i, v, b):
    print(n + 1, n - i, n * i, n // 2, n % 3, -n, +i, n / 2, n ** 2)
    print(i // 2, i % 3, -i // 2, 7 // n, 7 % n, i * i - n)
    print(v + 1, v - i, v * 2, v / 4, -v, v * v, 1 / v, v + n, n * v)
    print(n == 4, n != 4, n < i, i <= 3, v > 0, v >= 2.5, v == 2.5, n > v)
    print(b, not b, b and n > 2, b or n > 2, b + 1, b * n)
    x = n
    x += i
    x *= 2
    x -= 1
    print(x, x // 3, x % 5, divmod(x, 4))
    print(n, i, v, b)
    print(v // 1, v % 1, v ** 2, 2 ** n, 0.5 * n)
    print(2 ** n, n ** n, n ** 3, (-2) ** n)
