"""Names that Python 3 has moved or renamed; those that it kept are builtins."""

import builtins
from functools import reduce
from itertools import zip_longest

range = xrange = builtins.range
zip = builtins.zip
map = builtins.map
filter = builtins.filter
