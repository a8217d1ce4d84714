//! Rewriting of the project's own models: every change is proved, and none is slower by the model of costs. What it computes
//! is checked by `models` and `treatments`.
//!
//! `cargo test -p braid-tests --test rewriting -- --nocapture` prints which rules were used.

use braid_ir::verify::verify;
use braid_passes::rewrite::rewrite_with;
use braid_passes::{Events, find_pass};
use braid_tests::subject;
use std::time::Instant;

#[test]
fn what_becomes_of_the_models_is_proved() {
    let mut rewritten = 0;
    for subject in subject::models() {
        let mut net = braid::read(&subject.options.source).unwrap_or_else(|d| panic!("{}", d.render()));
        let mut events = Events::default();
        for name in ["decompose", "simplify"] {
            let pass = find_pass(name).expect("a pass of the list");
            (pass.run)(&mut net, &mut events);
        }
        // TEMP
        let mut clone = net.clone();
        let mut e2 = Events::default();
        (find_pass("fold-batch-norm").expect("x").run)(&mut clone, &mut e2);
        println!("TEMP {} {:?}", subject.name, e2.counts());
        let mut events = Events::default();
        let operators: usize = net.block_ids().map(|block| net.block(block).ops.len()).sum();
        let start = Instant::now();
        let pieces = rewrite_with(&mut net, &mut events, true);
        let time = start.elapsed();
        verify(&net).unwrap_or_else(|errors| panic!("{}: {}", subject.name, errors[0]));
        let (mut before, mut after) = (0.0, 0.0);
        for piece in &pieces {
            assert!(piece.after < piece.before, "{}", subject.name);
            (before, after) = (before + piece.before, after + piece.after);
            let proof = piece.proof.as_ref().expect("a proof was asked for");
            proof.check().unwrap_or_else(|error| panic!("{}, {}: {error}", subject.name, piece.block));
        }
        rewritten += pieces.len();
        println!(
            "{}: {operators} operators, {} pieces changed in {time:.0?}, {:.1} us to {:.1} us by the model",
            subject.name,
            pieces.len(),
            before / 1000.0,
            after / 1000.0
        );
        for ((_, rule), count) in events.counts() {
            println!("    {rule} x {count}");
        }
    }
    assert!(rewritten > 0);
}
