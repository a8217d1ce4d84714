import math

print(math.pi, math.e, math.tau, math.inf, math.nan)
print(math.sqrt(2), math.sqrt(16), math.exp(1), math.log(10), math.log(8, 2), math.log2(8), math.log10(1000), math.log1p(1))
print(math.floor(2.7), math.floor(-2.7), math.ceil(2.1), math.ceil(-2.1), math.trunc(-2.7), math.floor(5), math.ceil(True))
print(math.sin(1), math.cos(1), math.tan(1), math.atan2(1, 2), math.asin(0.5), math.sinh(1), math.tanh(0.5))
print(math.pow(2, 3), math.fmod(7, 3), math.fmod(-7, 3), math.hypot(3, 4), math.copysign(1, -2), math.fabs(-3))
print(math.gcd(12, 18), math.lcm(4, 6), math.factorial(5), math.comb(5, 2), math.isqrt(17), math.prod([1, 2, 3, 4]), math.prod([1.5, 2]))
print(math.isnan(math.nan), math.isinf(math.inf), math.isfinite(1.0), math.isclose(0.1 + 0.2, 0.3), math.fsum([0.1] * 10))
print(math.degrees(math.pi), math.radians(180))
for call in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.factorial(-1), lambda: math.floor(float("inf"))):
    try:
        call()
    except (ValueError, OverflowError) as error:
        print(type(error).__name__)
from math import sqrt, pi as PI

print(sqrt(PI))
