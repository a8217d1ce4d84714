x = 2 ** 62
print(x)
y = x * 4
