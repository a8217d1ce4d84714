//! The pipeline: one visible list of named passes, and how a list of them is run.

use crate::events::Events;
use crate::{decompose, fold_affine, hoist, rewrite, simplify, sink};
use braid_ir::eval::{EvalError, Options as RunOptions, Outcome, run};
use braid_ir::verify::{VerifyError, verify};
use braid_ir::{Net, Tensor};
use std::sync::Arc;

/// A pass from nets to nets.
#[derive(Debug)]
pub struct Pass {
    /// Its name in `--passes`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// Whether results may differ by rounding afterwards.
    pub rounds: bool,
    /// Does it.
    pub run: fn(&mut Net, &mut Events),
}

/// Every pass, in the order of the default pipeline. `split` comes after all of them and is not in the list, as it makes a
/// program of a net.
pub static PASSES: &[Pass] = &[
    Pass {
        name: "decompose",
        doc: "Replaces composite operators by what they are built from.",
        rounds: false,
        run: |net, events| decompose::decompose(net, events),
    },
    Pass {
        name: "simplify",
        doc: "Values that are known, computed twice or not needed; gates that are decided.",
        rounds: false,
        run: simplify::simplify,
    },
    Pass {
        name: "fold-batch-norm",
        doc: "Folds a factor per channel into the weights of the convolution or product before it.",
        rounds: true,
        run: fold_affine::fold_affine,
    },
    Pass {
        name: "rewrite",
        doc: "Finds the fastest form of tensor terms by rules, in an e-graph.",
        rounds: true,
        run: rewrite::rewrite,
    },
    Pass {
        name: "hoist",
        doc: "Moves out of a loop what is the same in every iteration.",
        rounds: false,
        run: hoist::hoist,
    },
    Pass {
        name: "sink",
        doc: "Moves onto one side of a gate what only that side needs.",
        rounds: false,
        run: sink::sink,
    },
];

/// The pass of this name.
pub fn find_pass(name: &str) -> Option<&'static Pass> {
    PASSES.iter().find(|pass| pass.name == name)
}

/// The passes that run when nothing else is asked for.
pub fn default_pipeline() -> Vec<&'static str> {
    vec!["decompose", "simplify", "fold-batch-norm", "simplify", "hoist", "sink", "simplify"]
}

/// Told of each pass and the net after it.
pub type Observer<'a> = dyn FnMut(&'static Pass, &Net) + 'a;

/// What to do around each pass.
#[derive(Default)]
pub struct PipelineOptions<'a> {
    /// Verify after each pass.
    pub verify_each: bool,
    /// Run the net on these inputs before and after each pass, and compare.
    pub check_each: Option<&'a [Arc<Tensor>]>,
    /// Keep the texts of events.
    pub keep_texts: bool,
    /// Called with each pass and the net after it: for dumps.
    pub after: Option<&'a mut Observer<'a>>,
}

/// Why a pipeline stopped.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// There is no such pass.
    #[error("there is no pass `{name}`; there are {}", names())]
    NoSuchPass {
        /// The name asked for.
        name: String,
    },
    /// A net is not valid.
    #[error("after {pass}: {}", list(errors))]
    Invalid {
        /// The pass that left it so; `the front end` for the net as it was given.
        pass: &'static str,
        /// What is wrong.
        errors: Vec<VerifyError>,
    },
    /// A pass changed what the net computes.
    #[error("{pass} changed the result: {what}")]
    Changed {
        /// The pass.
        pass: &'static str,
        /// Where results differ.
        what: String,
    },
}

fn names() -> String {
    PASSES.iter().map(|p| p.name).collect::<Vec<_>>().join(", ")
}

fn list(errors: &[VerifyError]) -> String {
    errors.iter().map(|e| e.to_string()).collect::<Vec<_>>().join("\n")
}

/// Runs passes over a net.
///
/// # Errors
/// If there is no such pass, or, where asked for, a pass leaves an invalid net or changes what it computes.
pub fn run_pipeline(
    net: &mut Net,
    passes: &[&str],
    mut options: PipelineOptions,
) -> Result<Events, PipelineError> {
    let mut events = Events::new(options.keep_texts);
    let find =
        |name: &&str| find_pass(name).ok_or_else(|| PipelineError::NoSuchPass { name: name.to_string() });
    let passes = passes.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    if options.verify_each {
        verify(net).map_err(|errors| PipelineError::Invalid { pass: "the front end", errors })?;
    }
    let mut before = options.check_each.map(|inputs| run(net, inputs, &RunOptions::default()));
    for pass in passes {
        events.begin(pass.name);
        (pass.run)(net, &mut events);
        if options.verify_each {
            verify(net).map_err(|errors| PipelineError::Invalid { pass: pass.name, errors })?;
        }
        if let (Some(inputs), Some(expected)) = (options.check_each, &mut before) {
            let found = run(net, inputs, &RunOptions::default());
            compare(expected, &found, pass.rounds)
                .map_err(|what| PipelineError::Changed { pass: pass.name, what })?;
            *expected = found;
        }
        if let Some(after) = &mut options.after {
            after(pass, net);
        }
    }
    Ok(events)
}

/// Runs the default pipeline.
pub fn optimise(net: &mut Net) -> Events {
    let mut events = Events::default();
    for name in default_pipeline() {
        let pass = find_pass(name).expect("the default pipeline names passes of the list");
        events.begin(pass.name);
        (pass.run)(net, &mut events);
    }
    events
}

/// A result of the reference interpreter.
pub type RunResult = Result<Outcome, EvalError>;

/// Compares what two nets gave on the same inputs; `rounds` allows float differences of a few roundings.
///
/// # Errors
/// Where they differ.
pub fn compare(expected: &RunResult, found: &RunResult, rounds: bool) -> Result<(), String> {
    let (expected, found) = match (expected, found) {
        (Ok(expected), Ok(found)) => (expected, found),
        (Err(expected), Err(found)) if expected.to_string() == found.to_string() => return Ok(()),
        (expected, found) => {
            let say = |r: &RunResult| {
                r.as_ref().map_or_else(|e| e.to_string(), |o| format!("{} results", o.outputs.len()))
            };
            return Err(format!("{} instead of {}", say(found), say(expected)));
        }
    };
    if expected.printed != found.printed {
        return Err(format!("printed {:?} instead of {:?}", found.printed, expected.printed));
    }
    if expected.outputs.len() != found.outputs.len() {
        return Err(format!("{} results instead of {}", found.outputs.len(), expected.outputs.len()));
    }
    for (k, (a, b)) in expected.outputs.iter().zip(&found.outputs).enumerate() {
        same_tensor(a, b, rounds).map_err(|what| format!("result {k}: {what}"))?;
    }
    Ok(())
}

fn same_tensor(a: &Tensor, b: &Tensor, rounds: bool) -> Result<(), String> {
    if a.dtype() != b.dtype() || a.shape() != b.shape() {
        return Err(format!("{}{:?} instead of {}{:?}", b.dtype(), b.shape(), a.dtype(), a.shape()));
    }
    for i in 0..a.len() {
        let (x, y) = (a.get(i), b.get(i));
        let close = || {
            let (x, y) = (x.as_f64(), y.as_f64());
            rounds && a.dtype().is_float() && (x - y).abs() <= 1e-5 + 1e-3 * x.abs()
        };
        let nan = || x.as_f64().is_nan() && y.as_f64().is_nan();
        if x != y && !nan() && !close() && x.as_f64() != y.as_f64() {
            return Err(format!("element {i} is {y} instead of {x}"));
        }
    }
    Ok(())
}
