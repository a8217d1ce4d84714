//! The ONNX importer on small models that are made here: what their nets compute, what is refused, and damaged files.

mod build;
mod fuzz;
mod mistakes;
mod values;
