//! Braid: dynamic neural networks and symbolic expressions, compiled to native code.
