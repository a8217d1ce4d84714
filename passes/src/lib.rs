//! Passes over nets: simplification, splitting into subnets and a host program. Knows no source language and no machine.

pub mod analysis;
pub mod decompose;
mod split;

pub use split::split;
