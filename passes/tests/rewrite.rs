//! Tensor rewriting: every rule is vetted, a wrong one is found out, and proofs prove what they say.

use braid_ir::text::parse_net;
use braid_passes::Events;
use braid_passes::random::{Shape, random_net};
use braid_passes::rewrite::proof::{ProofError, Step};
use braid_passes::rewrite::rules::{GROUP_RULES, parse, single_rules};
use braid_passes::rewrite::vet::{VetError, vet};
use braid_passes::rewrite::{Rewritten, rewrite_with};
use braid_symbolic::rewrite::Class;

/// Random instances of each rule.
const INSTANCES: usize = 12;

#[test]
fn every_rule_is_right_on_random_instances() {
    let rules = single_rules();
    let failed: Vec<String> = rules
        .iter()
        .chain(GROUP_RULES.iter())
        .enumerate()
        .filter_map(|(seed, rule)| vet(rule, INSTANCES, seed as u64).err())
        .map(|error| error.to_string())
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_wrong_rule_is_found_out() {
    let wrong = [
        // Permutations composed in the wrong order.
        (Class::Exact, "wrong-order: transpose(transpose(?x, ?p), ?q) => transpose(?x, compose(?q, ?p))"),
        // A factor for each channel moves into a convolution whose weights it does not meet.
        (Class::Reassociating, "no-shift: mul(add(?x, ?b), ?c) => add(mul(?x, ?c), ?b)"),
        // Exact only over the real numbers.
        (Class::Exact, "not-exact: add(add(?x, ?b), ?c) => add(?x, add(?b, ?c))"),
    ];
    for (class, text) in wrong {
        let rule = parse(text).unwrap_or_else(|e| panic!("{e}")).with_class(class);
        let error = vet(&rule, 400, 1).expect_err("a wrong rule");
        assert!(matches!(error, VetError::Wrong { .. }), "{error}");
    }
}

fn rewritten(text: &str) -> Vec<Rewritten> {
    let mut net = parse_net(text).unwrap_or_else(|e| panic!("{e}"));
    rewrite_with(&mut net, &mut Events::default(), true)
}

const CANCELLED: &str = "net @cancelled(%x: f32[2, 3, 4]) {
^0:
  %a = transpose(%x) {permutation = [1, 2, 0]}
  %b = relu(%a)
  %c = exp(%b)
  %d = transpose(%c) {permutation = [2, 0, 1]}
  return(%d)
}
";

#[test]
fn a_proof_is_checked_and_a_forged_one_refused() {
    let pieces = rewritten(CANCELLED);
    let proof = pieces[0].proof.as_ref().expect("a proof was asked for");
    assert_eq!(proof.check(), Ok(()));
    let short = proof.shortened();
    assert!(short.rules().contains(&"transpose-twice") && short.rules().contains(&"transpose-nothing"));
    assert!(short.steps.len() <= 6, "{:?}", short.rules());
    for step in 0..short.steps.len() {
        let mut without = short.clone();
        without.steps.remove(step);
        assert_eq!(without.check(), Err(ProofError::NotProved(0)));
    }
    let mut forged = short.clone();
    if let Step::Single(_, slots) = &mut forged.steps[0] {
        slots.reverse();
    }
    assert!(matches!(forged.check(), Err(ProofError::NoApplication(0, _))));
}

#[test]
fn rewriting_of_random_nets_is_proved_and_never_slower_by_the_model() {
    let mut pieces = 0;
    for seed in 0..300 {
        let mut net = random_net(seed, Shape::default());
        for piece in rewrite_with(&mut net, &mut Events::default(), true) {
            assert!(piece.after < piece.before, "net {seed}");
            let proof = piece.proof.expect("a proof was asked for");
            proof.check().unwrap_or_else(|e| panic!("net {seed}, {}: {e}", piece.block));
            pieces += 1;
        }
    }
    assert!(pieces > 20, "only {pieces} pieces were rewritten");
}
