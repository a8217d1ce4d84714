//! Whether a run gave what was expected, in one sentence if not.

use crate::cases::{Case, Tolerance, compare};
use crate::{Error, Tensor};

/// How a case went.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How many outputs the run gave.
    pub outputs: usize,
    /// The largest absolute difference of two floats.
    pub largest: f64,
    /// What is wrong, if anything.
    pub problem: Option<String>,
}

/// Compares a run's result with what the case expects: outputs, or the exception that the source raises.
pub fn judge(result: Result<Vec<Tensor>, Error>, case: &Case, tolerance: Tolerance) -> Verdict {
    match (result, &case.error) {
        (Ok(outputs), None) => judge_outputs(&outputs, &case.outputs, tolerance),
        (Ok(outputs), Some(error)) => {
            let problem = Some(format!("it should raise {error}"));
            Verdict { outputs: outputs.len(), largest: 0.0, problem }
        }
        (Err(Error::Raised { message, .. }), Some(error)) if message == *error => {
            Verdict { outputs: 0, largest: 0.0, problem: None }
        }
        (Err(error), _) => Verdict { outputs: 0, largest: 0.0, problem: Some(error.to_string()) },
    }
}

/// Compares outputs one by one.
pub fn judge_outputs(actual: &[Tensor], expected: &[Tensor], tolerance: Tolerance) -> Verdict {
    let mut verdict = Verdict { outputs: actual.len(), largest: 0.0, problem: None };
    let mut problems = Vec::new();
    if actual.len() != expected.len() {
        problems.push(format!("{} outputs where {} were expected", actual.len(), expected.len()));
    }
    for (k, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        match compare(actual, expected, tolerance) {
            Err(problem) => problems.push(format!("output {k}: {problem}")),
            Ok(difference) => {
                verdict.largest = verdict.largest.max(difference.largest);
                if let Some(first) = difference.first {
                    problems.push(format!(
                        "output {k}: {} of {} elements differ, the first at {first}: {} where {} was expected",
                        difference.outside,
                        expected.len(),
                        actual.get_f64(first),
                        expected.get_f64(first)
                    ));
                }
            }
        }
    }
    if !problems.is_empty() {
        verdict.problem = Some(problems.join("; "));
    }
    verdict
}
