import itertools
from itertools import chain, product, islice, accumulate

print(list(chain([1], "ab", (2,))), list(chain.from_iterable([[1], [2, 3]])))
print(list(islice(itertools.count(5), 3)), list(islice("abcdef", 2, None, 2)), list(islice(range(10), 2, 8, 3)))
print(list(islice(itertools.cycle("ab"), 5)), list(itertools.repeat(7, 3)))
print(list(product([1, 2], "ab")), list(product(range(2), repeat=2)))
print(list(itertools.permutations([1, 2, 3], 2)), list(itertools.combinations("abc", 2)), list(itertools.combinations_with_replacement("ab", 2)))
print(list(accumulate([1, 2, 3])), list(accumulate([1, 2, 3], lambda a, b: a * b)), list(accumulate([1, 2], initial=10)))
print(list(itertools.zip_longest([1, 2, 3], "a", fillvalue="-")), list(itertools.pairwise([1, 2, 3])))
print([(k, list(g)) for k, g in itertools.groupby("aabbc")], [(k, list(g)) for k, g in itertools.groupby([1, 3, 2, 4], key=lambda x: x % 2)])
print(list(itertools.takewhile(lambda x: x < 3, range(10))), list(itertools.dropwhile(lambda x: x < 3, range(5))), list(itertools.filterfalse(lambda x: x % 2, range(5))))
print(list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.compress("abc", [1, 0, 1])))
a, b = itertools.tee([1, 2, 3])
print(list(a), list(b))
for i, x in zip(itertools.count(1), "ab"):
    print(i, x)
c = itertools.count(10, 5)
print(next(c), next(c))
