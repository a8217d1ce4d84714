//! Passes on random nets: valid afterwards, with the same results, in every treatment.
//!
//! `BRAID_RANDOM_NETS` sets how many nets, `BRAID_RANDOM_SEED` the first seed; a failure names the seed of its net.

mod support;

use braid_ir::Net;
use braid_ir::eval::{EvalError, Options, Outcome, run};
use braid_ir::text::{Printer, parse_net, parse_program, print_program};
use braid_ir::verify::{verify, verify_program};
use braid_passes::pipeline::compare;
use braid_passes::random::{Shape, random_inputs, random_net};
use braid_passes::{Events, PASSES, default_pipeline, find_pass, split};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn text(net: &Net) -> String {
    Printer { elements_max: usize::MAX, places: true }.net(net)
}

fn assert_valid(net: &Net, what: &str) {
    if let Err(errors) = verify(net) {
        let list: Vec<String> = errors.iter().map(|e| e.to_string()).collect();
        panic!("{what} is not valid:\n{}\n{}", list.join("\n"), text(net));
    }
}

fn outcome(net: &Net, seed: u64) -> Result<Outcome, EvalError> {
    run(net, &random_inputs(net, seed), &Options { max_steps: 100_000, ..Options::default() })
}

/// Random draws are numbered as they run, and so are prints: a split program's are not looked at here.
fn is_deterministic(net: &Net) -> bool {
    let ops = net.block_ids().flat_map(|b| net.block(b).ops.clone());
    ops.into_iter().all(|op| net.op(op).spec.effects != braid_ir::ops::Effects::Random)
}

/// Whether the net's own exceptions are all that goes wrong. A pure operator that the interpreter refuses on this data (a
/// scatter outside of its operand) may as well be removed where nothing needs it.
fn is_defined(outcome: &Result<Outcome, EvalError>) -> bool {
    outcome.as_ref().map_or_else(
        |e| ["ValueError: random", "IndexError: list"].iter().any(|own| e.to_string().contains(own)),
        |_| true,
    )
}

fn check(seed: u64) {
    let net = random_net(seed, Shape::default());
    assert_valid(&net, &format!("random net {seed}"));
    let printed = text(&net);
    let read = parse_net(&printed).unwrap_or_else(|e| panic!("net {seed} does not parse: {e}\n{printed}"));
    assert_eq!(text(&read), printed, "net {seed} reads back as another");
    let expected: Vec<_> = (0..2).map(|k| outcome(&net, seed + k)).collect();
    let same = |found: &Net, what: &str, rounds: bool| {
        for (k, expected) in expected.iter().enumerate().filter(|(_, e)| is_defined(e)) {
            let found_outcome = outcome(found, seed + k as u64);
            if let Err(why) = compare(expected, &found_outcome, rounds) {
                panic!("{what} changes net {seed} on inputs {k}: {why}\n{printed}\nbecame\n{}", text(found));
            }
        }
    };
    same(&read, "reading back", false);
    for pass in PASSES {
        let mut changed = net.clone();
        (pass.run)(&mut changed, &mut Events::default());
        assert_valid(&changed, &format!("net {seed} after {}", pass.name));
        same(&changed, pass.name, pass.rounds);
    }
    let mut changed = net.clone();
    for name in default_pipeline() {
        let pass = find_pass(name).expect("a pass of the list");
        (pass.run)(&mut changed, &mut Events::default());
        assert_valid(&changed, &format!("net {seed} after {name} in the pipeline"));
        same(&changed, name, true);
    }
    for (net, what) in [(&net, "as it is"), (&changed, "after the pipeline")] {
        let program = split(net);
        if let Err(errors) = verify_program(&program) {
            let list: Vec<String> = errors.iter().map(|e| e.to_string()).collect();
            panic!(
                "net {seed}, {what}, splits badly:\n{}\n{}\n{}",
                list.join("\n"),
                text(net),
                print_program(&program)
            );
        }
        let printed = print_program(&program);
        let read =
            parse_program(&printed).unwrap_or_else(|e| panic!("net {seed}, {what}, split: {e}\n{printed}"));
        assert_eq!(print_program(&read), printed, "net {seed}, {what}, split, reads back as another");
        assert!(
            verify_program(&read).is_ok(),
            "net {seed}, {what}, split, is not valid when read back:\n{printed}"
        );
        if !is_deterministic(net) {
            continue;
        }
        for k in (0..2).filter(|&k| is_defined(&expected[k as usize])) {
            let (found, _) = support::run_program(&program, &random_inputs(net, seed + k));
            let wrong = match (&expected[k as usize], &found) {
                (Ok(a), Ok(b)) => {
                    let found =
                        Ok(Outcome { outputs: b.clone(), printed: a.printed.clone(), ..Outcome::default() });
                    compare(&expected[k as usize], &found, true).err()
                }
                (Err(EvalError::Raised { message, .. }), Err(found)) if message == found => None,
                (a, b) => Some(format!("{a:?} became {b:?}")),
            };
            if let Some(why) = wrong {
                panic!(
                    "net {seed}, {what}, split, on inputs {k}: {why}\n{}\n{}",
                    text(net),
                    print_program(&program)
                );
            }
        }
    }
}

#[test]
fn passes_keep_what_random_nets_compute() {
    let (count, first) = (setting("BRAID_RANDOM_NETS", 2000), setting("BRAID_RANDOM_SEED", 0));
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || (first..first + count).filter(|s| s % threads == thread).for_each(check));
        }
    });
}
