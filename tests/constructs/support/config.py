LIMIT = 3
NAMES = ["first"]
