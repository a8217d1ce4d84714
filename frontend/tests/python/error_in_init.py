class Layer:
    def __init__(self, n):
        self.n = n
        if n > 2:
            raise ValueError("too deep: %d" % n)
        self.next = Layer(n + 1)


Layer(0)
