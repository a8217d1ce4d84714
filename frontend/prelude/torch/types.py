"""Names for annotations."""

Number = float
Device = str
_int = int
_float = float
_bool = bool
_dtype = object
_size = tuple
