"""The peers' side of `./x bench symbolic`: SymEngine, Symbolica and SymPy on the same expressions, one figure a line.

usage: peers.py CASE [ARGUMENT ...]   prints lines "peer<TAB>figure<TAB>value" in the figure's own unit
Each peer that is not installed is left out. Times are the best of several runs.
"""
import signal
import sys
import time


def best(run, budget=1.0, least=3, most=300):
    times, start = [], time.perf_counter()
    while len(times) < least or (time.perf_counter() - start < budget and len(times) < most):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
        if times[-1] > 10:
            break
    return min(times)


def say(peer, figure, value):
    print(f"{peer}\t{figure}\t{value:.6g}", flush=True)


def optional(name):
    try:
        return __import__(name)
    except ImportError:
        return None


symengine, symbolica, sympy = optional("symengine"), optional("symbolica"), optional("sympy")


def expand(power):
    if symengine:
        x, y, z = symengine.symbols("x y z")
        say("SymEngine", "ms", 1e3 * best(lambda: symengine.expand((x + y + z + 1) ** int(power))))
    if symbolica:
        e = symbolica.E(f"(x+y+z+1)^{power}")
        say("Symbolica", "ms", 1e3 * best(lambda: e.expand()))
        p = symbolica.E("x+y+z+1").to_polynomial()
        say("Symbolica polynomial", "ms", 1e3 * best(lambda: p ** int(power)))


def derivative(order, text):
    order = int(order)

    def times(e, step):
        for _ in range(order):
            e = step(e)
        return e

    if symengine:
        x, e = symengine.Symbol("x"), symengine.sympify(text.replace("^", "**"))
        say("SymEngine", "ms", 1e3 * best(lambda: times(e, lambda e: e.diff(x))))
    if symbolica:
        s, e2 = symbolica.S("x"), symbolica.E(text)
        say("Symbolica", "ms", 1e3 * best(lambda: times(e2, lambda e: e.derivative(s))))


def simplify(text):
    if not sympy:
        return
    e = sympy.sympify(text.replace("^", "**"))

    def late(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.alarm(40)
    try:
        begin = time.perf_counter()
        sympy.simplify(e)
        say("SymPy", "ms", 1e3 * (time.perf_counter() - begin))
    except TimeoutError:
        say("SymPy", "ms", float("inf"))
    finally:
        signal.alarm(0)


def evaluate(text):
    import numpy

    points = numpy.random.default_rng(0).uniform(0.1, 1.0, (10_000, 3))
    if symengine:
        e = symengine.sympify(text.replace("^", "**"))
        for level in (0, 3):
            f = symengine.Lambdify(symengine.symbols("x y z"), [e], backend="llvm", cse=True, opt_level=level)
            say("SymEngine LLVM", "ns", 1e9 * best(lambda: f(points)) / len(points))
    if symbolica:
        names = [symbolica.S(name) for name in "xyz"]
        f = symbolica.E(text).evaluator(names, jit_compile=True)
        f.evaluate(points[:1])
        say("Symbolica JIT", "ns", 1e9 * best(lambda: f.evaluate(points)) / len(points))


def network(path):
    """A file of ours: first line the unknowns, then a line per equation, then a line with the values."""
    if not symbolica:
        return
    import numpy

    with open(path, encoding="utf8") as file:
        unknowns, states, *equations, values = file.read().splitlines()
    point = numpy.array([[float(v) for v in values.split()]])
    begin = time.perf_counter()
    rhs = [symbolica.E(equation) for equation in equations]
    built = time.perf_counter() - begin
    say("Symbolica", "read s", built)
    names = {name: symbolica.S(name) for name in unknowns.split()}
    states = states.split()
    begin = time.perf_counter()
    jacobian = []
    for e in rhs:
        inside = {str(s) for s in e.get_all_symbols()}
        jacobian.extend(e.derivative(names[s]) for s in states if any(i == s or i.endswith("::" + s) for i in inside))
    differentiated = time.perf_counter() - begin
    say("Symbolica", "Jacobian s", differentiated)
    say("Symbolica", "entries", len(jacobian))
    total = built + differentiated
    for what, entries in (("right-hand side", rhs), ("Jacobian", jacobian)):
        begin = time.perf_counter()
        f = symbolica.Expression.evaluator_multiple(entries, list(names.values()), jit_compile=True, n_cores=1)
        f.evaluate(point)
        total += time.perf_counter() - begin
        say("Symbolica", what + " us", 1e6 * best(lambda: f.evaluate(point)))
    say("Symbolica", "all s", total)


if __name__ == "__main__":
    {"expand": expand, "derivative": derivative, "simplify": simplify, "evaluate": evaluate, "network": network}[
        sys.argv[1]
    ](*sys.argv[2:])
