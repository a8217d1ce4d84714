//! The C interface; `include/braid.h` is its description.
