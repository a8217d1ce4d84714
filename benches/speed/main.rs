//! `./x bench`: the speed table.

fn main() {}
