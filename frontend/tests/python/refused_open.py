def load(path):
    with open(path) as f:
        return f.read()


load("weights.txt")
