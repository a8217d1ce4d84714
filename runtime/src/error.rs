//! What can go wrong at run time, each with what was expected and what to do.

use std::path::PathBuf;

/// Why an artifact was refused or a run did not return results.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not an artifact that this runtime can run.
    #[error("{name}: {problem}")]
    Artifact {
        /// The file, or `<memory>`.
        name: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// An input is missing, unknown, or of another type or shape.
    #[error("{0}")]
    Input(String),
    /// A condition on the input dimensions, on which the compiled program relies, does not hold.
    #[error(
        "{place}: the inputs do not meet a condition of the compiled program: {condition} ({reason}); give inputs that do, or compile for these"
    )]
    Guard {
        /// `file:line:column` of what relies on it.
        place: String,
        /// The condition.
        condition: String,
        /// Why it is needed.
        reason: String,
    },
    /// The program raises an exception on these inputs, or a routine of the library does for it.
    #[error("{place}: {message}")]
    Raised {
        /// `file:line:column` of the `raise` or the call.
        place: String,
        /// Type and text of the exception.
        message: String,
    },
    /// Integer arithmetic of the program left 64 bits, or a size cannot be had.
    #[error("{0}")]
    Limit(String),
    /// There is no such device, the program has no code for it, or it failed.
    #[error("{0}")]
    Device(String),
    /// A file of cases is malformed.
    #[error("{0}")]
    Cases(String),
}
