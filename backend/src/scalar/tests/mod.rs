//! Every tier against the tape's own evaluation.

mod measure;
mod network;
