//! The bridge from Python tensors to the net.

pub mod object;
