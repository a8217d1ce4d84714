//! Every tier against the tape's own evaluation.

mod csource;
mod functions;
mod measure;
mod network;
mod random;
