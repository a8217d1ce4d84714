import bisect
from bisect import bisect_left, insort

a = [1, 3, 3, 7]
print([bisect.bisect(a, x) for x in range(9)], [bisect_left(a, x) for x in range(9)])
print(bisect.bisect([], 2), bisect.bisect_right(a, 3, 0, 2), bisect_left(["b", "dd"], 2, key=len))
insort(a, 5)
bisect.insort_left(a, 1.5)
print(a)
