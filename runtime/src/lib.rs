//! Loads a compiled artifact and runs it. Depends on no other crate of Braid and on no compiler.
