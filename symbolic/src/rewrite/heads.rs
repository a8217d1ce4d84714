//! The heads in a term: what most rules are ruled out by.

use super::operands::{Operands, Role};
use super::pattern::PatternNode;
use super::rule::Rule;
use crate::term::Term;
use crate::term::walk::TermMap;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard};

/// The heads that occur in a term: at its root, one level below or above that, and so on, each set as bits of hashes. They
/// tell of most rules that they do not match without any search.
pub type Heads = [u64; 4];

fn head_bit<H: Hash>(head: &H) -> u64 {
    // The highest bits are the best mixed.
    1 << (FxBuildHasher.hash_one(head) >> 58)
}

/// The heads in a term, from those in its arguments. Sums and products are no levels: they may be nested, and an operand may
/// have a coefficient that a pattern has not.
fn heads<T: Term>(head: &T::Head, args: &[Heads]) -> Heads {
    // Leaves are too many and too different to tell anything.
    if args.is_empty() {
        return [0; 4];
    }
    // No match must have a sum or product, since one operand alone may stand for it.
    let mut found = [if T::is_ac(head) { 0 } else { head_bit(head) }; 4];
    for below in args {
        for level in 0..found.len() {
            if T::is_ac(head) {
                found[level] |= below[level];
            } else if level > 0 {
                found[level] |= below[level - 1];
            }
        }
    }
    found
}

/// The heads that every match of a rule has. Sums and products may be missing where all but one operand are, constants
/// where a match is up to a factor.
pub(super) fn required<T: Operands>(rule: &Rule<T::Head>) -> Heads {
    let left = rule.left();
    let mut found = [0; 4];
    let mut stack = vec![(left.root(), 0)];
    while let Some((at, level)) = stack.pop() {
        let PatternNode::Apply(head, args) = left.node(at) else { continue };
        if level >= found.len() || args.is_empty() {
            continue;
        }
        let optional = args.last().is_some_and(|&exponent| match left.node(exponent) {
            PatternNode::Slot(slot) => rule.slots()[*slot as usize].optional,
            _ => false,
        });
        let may_be_missing = T::is_ac(head) || T::role(head) == Role::Power && optional;
        if !may_be_missing {
            found[level..].iter_mut().for_each(|set| *set |= head_bit(head));
        }
        let below = level + !T::is_ac(head) as usize;
        stack.extend(args.iter().map(|&a| (a, below)));
    }
    found
}

/// The heads of terms that were asked for, kept; shared by threads.
pub(super) struct HeadsOfTerms<T> {
    parts: Vec<Mutex<TermMap<T, Heads>>>,
}

impl<T: Term> HeadsOfTerms<T> {
    pub fn new() -> HeadsOfTerms<T> {
        HeadsOfTerms { parts: (0..64).map(|_| Mutex::default()).collect() }
    }

    fn part(&self, term: &T) -> MutexGuard<'_, TermMap<T, Heads>> {
        let at = FxBuildHasher.hash_one(term) >> 40;
        self.parts[at as usize % self.parts.len()].lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The heads of a term.
    pub fn of(&self, term: &T) -> Heads {
        let known = |term: &T| self.part(term).get(term).copied();
        if let Some(heads) = known(term) {
            return heads;
        }
        let mut stack = vec![term.clone()];
        while let Some(top) = stack.last() {
            let top = top.clone();
            let mut args: SmallVec<[Heads; 4]> = SmallVec::new();
            let waiting = stack.len();
            for arg in top.args() {
                match known(&arg) {
                    Some(heads) => args.push(heads),
                    None => stack.push(arg),
                }
            }
            if stack.len() == waiting {
                let heads = heads::<T>(&top.head(), &args);
                self.part(&top).insert(top, heads);
                stack.pop();
            }
        }
        known(term).unwrap_or([u64::MAX; 4])
    }
}
