def f(n, i, v, b):
    print(f"{v:.2f} {v:8.3f}| {n:5d}| {n:<4}| {n:03d} {i:+d} {v:+.1f} {v:e}")
    print(f"{n=} {v=} {b=} {n!r} {[n, i]} {(v,)} {({'k': n})}")
    print("%d %s %.1f %5d|" % (n, n, v, i), "{:>6}|{:.3f}".format(n, v), "{0} {1} {0}".format(n, v))
    print("a", n, "b", sep="-")
    print([n, v, b], {"n": n}, (n, i), sep=" ; ")
    text = "shape: " + str((n, 3)) + " value: " + str(v)
    print(text)
    print(", ".join([str(n), str(i)]), "{{}}", f"{{{n}}}", "100%")
