//! Proofs: the applications of rules by which a piece became what it is, checked without matching or extraction.

use super::groups;
use super::rules::{GROUP_RULES, RULES};
use super::term::TensorTerm;
use braid_symbolic::egraph::{ClassId, EGraph, Language, Reason};
use braid_symbolic::rewrite::{Bindings, SlotId};

/// One application of a rule: what its slots stand for, in their order.
#[derive(Clone, Debug)]
pub enum Step {
    /// Of a rule about one application, by its number.
    Single(usize, Vec<TensorTerm>),
    /// Of a rule about a group, by its number: the slots of each member.
    Group(usize, Vec<Vec<TensorTerm>>),
}

/// That terms are equal.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The terms.
    pub before: Vec<TensorTerm>,
    /// What they are equal to, one by one.
    pub after: Vec<TensorTerm>,
    /// The applications from which that follows by congruence.
    pub steps: Vec<Step>,
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A step names no rule.
    #[error("step {0} names no rule")]
    NoRule(usize),
    /// A rule does not apply where a step says so.
    #[error("step {0} is no application of {1}")]
    NoApplication(usize, String),
    /// The steps do not lead from a term to what is said to be equal to it.
    #[error("the steps do not prove that term {0} is what it became")]
    NotProved(usize),
}

impl Proof {
    /// Checks each application, and that the terms are equal by them.
    ///
    /// # Errors
    /// The first step that is wrong, or the first term of which nothing is proved.
    pub fn check(&self) -> Result<(), ProofError> {
        let mut graph: EGraph<TensorTerm> = EGraph::new();
        let ends: Vec<(ClassId, ClassId)> =
            self.before.iter().zip(&self.after).map(|(a, b)| (graph.add_term(a), graph.add_term(b))).collect();
        for (at, step) in self.steps.iter().enumerate() {
            apply(&mut graph, at, step)?;
            graph.rebuild();
        }
        match ends.iter().position(|&(a, b)| graph.find(a) != graph.find(b)) {
            Some(at) => Err(ProofError::NotProved(at)),
            None => Ok(()),
        }
    }

    /// The same proof with the steps that it needs: those without which it proves nothing any more.
    pub fn shortened(&self) -> Proof {
        let mut proof = self.clone();
        let mut size = proof.steps.len().next_power_of_two();
        while size >= 1 {
            let mut from = 0;
            while from < proof.steps.len() {
                let mut shorter = proof.clone();
                shorter.steps.drain(from..(from + size).min(proof.steps.len()));
                if shorter.check().is_ok() {
                    proof = shorter;
                } else {
                    from += size;
                }
            }
            size /= 2;
        }
        proof
    }

    /// The names of the rules, step by step.
    pub fn rules(&self) -> Vec<&'static str> {
        self.steps.iter().filter_map(Step::rule).collect()
    }
}

impl Step {
    /// The name of the rule.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Step::Single(rule, _) => RULES.rules().nth(*rule).map(|r| r.name()),
            Step::Group(rule, _) => GROUP_RULES.get(*rule).map(|r| r.name()),
        }
    }
}

fn bound(graph: &mut EGraph<TensorTerm>, terms: &[TensorTerm]) -> Bindings<ClassId> {
    let mut bindings = Bindings::new();
    for (slot, term) in terms.iter().enumerate() {
        bindings.bind(slot as SlotId, graph.add_term(term));
    }
    bindings
}

fn apply(graph: &mut EGraph<TensorTerm>, at: usize, step: &Step) -> Result<(), ProofError> {
    let (rule, members) = match step {
        Step::Single(rule, terms) => (RULES.rules().nth(*rule), vec![bound(graph, terms)]),
        Step::Group(rule, members) => {
            (GROUP_RULES.get(*rule), members.iter().map(|terms| bound(graph, terms)).collect())
        }
    };
    let rule = rule.ok_or(ProofError::NoRule(at))?;
    let wrong = || ProofError::NoApplication(at, rule.to_string());
    let mut lefts = Vec::with_capacity(members.len());
    for bindings in &members {
        let left = groups::class_of(graph, rule.left(), bindings).ok_or_else(wrong)?;
        if !groups::holds(graph, rule.condition(), bindings) {
            return Err(wrong());
        }
        lefts.push(left);
    }
    if matches!(step, Step::Group(..)) {
        return groups::apply(graph, rule, &lefts, &members).map(|_| ()).ok_or_else(wrong);
    }
    let right = rule.right_pattern().and_then(|r| groups::class_of(graph, r, &members[0])).ok_or_else(wrong)?;
    let data = |class: ClassId| graph.data(graph.find(class));
    if !TensorTerm::may_join(data(lefts[0]), data(right)) {
        return Err(wrong());
    }
    graph.union(lefts[0], right, Reason::Native("proof"));
    Ok(())
}
