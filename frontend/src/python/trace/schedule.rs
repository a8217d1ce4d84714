//! Runs live states in order, forks them at data-dependent decisions and lets them meet.

use super::join::{Joined, join};
use super::key::{Key, key, same_place};
use super::liveness::Liveness;
use crate::diagnostic::{Diagnostic, Span};
use crate::python::classes;
use crate::python::code::Pc;
use crate::python::native::Unwind;
use crate::python::sym::SymBool;
use crate::python::value::Value;
use crate::python::vm::{State, Stop, Vm};
use braid_ir::{Edge, Guard, Loc, Node, SymDef, Term, Terminator, ValueId};
use rustc_hash::FxHashMap;

/// Turns the value that the entry function returned, in the current state, into the program's outputs.
pub type Flatten<'a> = &'a mut dyn FnMut(&mut Vm, &Value) -> Result<Vec<ValueId>, Unwind>;

/// Traces until every path of the current state has ended. The frames above `base` are the entry call's.
///
/// # Errors
/// The diagnostic that ends the compilation.
pub fn trace(vm: &mut Vm, flatten: Flatten) -> Result<(), Unwind> {
    let start = vm.state.clone();
    let mut tracer = Tracer {
        vm,
        flatten,
        liveness: Liveness::default(),
        forks: 0,
        turns: 0,
        partings: 0,
        rolling: 0,
        reasons: FxHashMap::default(),
    };
    let ends = tracer.run(vec![Live::new(start, false)], None)?;
    assert!(ends.back.is_empty() && ends.out.is_empty(), "outside of any loop a path ends by returning");
    Ok(())
}

/// The scheduler.
pub struct Tracer<'a, 'b> {
    pub(super) vm: &'a mut Vm,
    flatten: Flatten<'b>,
    pub(super) liveness: Liveness,
    pub(super) forks: u32,
    /// Times that a state has come to a loop's head.
    turns: u64,
    /// Times that two states at one place could not be made one.
    partings: usize,
    /// Attempts to run a loop for an arbitrary iteration that are under way, nested.
    pub(super) rolling: usize,
    /// Why loops could not be rolled, by code and head.
    pub(super) reasons: FxHashMap<(usize, Pc), Box<Diagnostic>>,
}

/// A loop whose body is being run: states that come back to its head or leave it are handed back.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Index of the frame that the loop is in.
    pub depth: usize,
    /// The loop's head.
    pub head: Pc,
    /// Where it is left.
    pub exit: Pc,
}

impl Region {
    fn holds(&self, state: &State) -> bool {
        state.frames.get(self.depth).is_some_and(|frame| (self.head..self.exit).contains(&frame.pc))
    }
}

/// A live state.
pub struct Live {
    key: Key,
    state: State,
    /// Whether it stands at a loop head that it may pass.
    enter: bool,
    /// Whether it has waited at the loop head where it stands for others to come.
    waited: bool,
}

impl Live {
    /// A state that is to be run; with `enter` it passes the loop head it stands at.
    pub fn new(mut state: State, enter: bool) -> Live {
        Live { key: key(&mut state), state, enter, waited: false }
    }
}

/// States that came back to the region's head, and states that left the region.
#[derive(Default)]
pub struct Ends {
    /// At the head again.
    pub back: Vec<State>,
    /// Outside.
    pub out: Vec<State>,
}

/// How a loop goes on from its head.
#[derive(Default)]
pub struct Turn {
    /// States at the head that run the next iteration as it stands.
    pub pass: Vec<State>,
    /// States that have come to the head again.
    pub again: Vec<State>,
    /// States that have left the loop.
    pub out: Vec<State>,
}

/// From this many states at one place on, tensors of different shapes and lists of different lengths are merged too.
const CROWD: usize = 16;

impl Tracer<'_, '_> {
    /// Runs states until each has ended, left the region or come back to its head.
    ///
    /// # Errors
    /// The diagnostic that ends the compilation (or the attempt to roll a loop).
    pub fn run(&mut self, mut pool: Vec<Live>, region: Option<&Region>) -> Result<Ends, Unwind> {
        let mut ends = Ends::default();
        while let Some(live) = self.next(&mut pool)? {
            self.advance(live, &mut pool, region, &mut ends)?;
        }
        Ok(ends)
    }

    /// Takes the state that is behind all others, after merging those that stand where it does.
    fn next(&mut self, pool: &mut Vec<Live>) -> Result<Option<Live>, Unwind> {
        let Some(first) = pool.iter().map(|live| &live.key).min().cloned() else { return Ok(None) };
        let (mut here, rest): (Vec<Live>, Vec<Live>) =
            std::mem::take(pool).into_iter().partition(|live| live.key == first);
        *pool = rest;
        if here.len() > 1 {
            here = self.meet(here)?;
        }
        let limit = self.vm.limits.states_max;
        if pool.len() + here.len() > limit {
            return Err(self.too_many(&format!("more than {limit} paths are open at once")));
        }
        let live = here.pop();
        pool.append(&mut here);
        Ok(live)
    }

    /// Merges what can be merged among states with one key.
    fn meet(&mut self, here: Vec<Live>) -> Result<Vec<Live>, Unwind> {
        let ragged = here.len() > CROWD;
        let mut apart: Vec<Live> = Vec::new();
        for live in here {
            let Live { key, state, enter, waited } = live;
            let mut state = state;
            for index in 0..apart.len() {
                let candidate = &apart[index].state;
                // States that have just parted stand at one place, too: they have to go on first.
                let alike = !apart[index].enter && !enter && same_place(candidate, &state);
                if !alike || !candidate.trace.may_meet(&state.trace, state.frames.len()) {
                    continue;
                }
                let Live { key: other_key, state: other, enter: other_enter, waited: other_waited } =
                    apart.swap_remove(index);
                match join(self.vm, other, state, ragged, &mut self.liveness)? {
                    Joined::One(merged) => {
                        state = *merged;
                        break;
                    }
                    Joined::Apart(both) => {
                        self.partings += 1;
                        let limit = self.vm.limits.partings_max;
                        if self.partings > limit {
                            self.vm.state = both.0;
                            return Err(self.too_many(&format!(
                                "{limit} pairs of paths could not be merged (partings_max)"
                            )));
                        }
                        let (mut first, mut second) = *both;
                        first.trace.stay_apart(&second.trace, first.frames.len());
                        second.trace.stay_apart(&first.trace, second.frames.len());
                        apart.push(Live {
                            key: other_key,
                            state: first,
                            enter: other_enter,
                            waited: other_waited,
                        });
                        let last = apart.len() - 1;
                        apart.swap(index, last);
                        state = second;
                    }
                }
            }
            apart.push(Live { key, state, enter, waited });
        }
        Ok(apart)
    }

    /// Runs one state until something happens that concerns others.
    fn advance(
        &mut self,
        live: Live,
        pool: &mut Vec<Live>,
        region: Option<&Region>,
        ends: &mut Ends,
    ) -> Result<(), Unwind> {
        let Live { state, mut enter, waited, .. } = live;
        self.vm.state = state;
        loop {
            let stop = self.vm.advance(std::mem::take(&mut enter));
            if matches!(stop, Stop::Join | Stop::LoopHead { .. })
                && region.is_some_and(|region| !region.holds(&self.vm.state))
            {
                let state = self.take();
                ends.out.push(state);
                return Ok(());
            }
            match stop {
                Stop::Join => {
                    // Only a state that is not ahead of this one can still come here.
                    let here = if pool.is_empty() { continue } else { key(&mut self.vm.state) };
                    if pool.iter().any(|other| other.key <= here) {
                        pool.push(Live::new(self.take(), false));
                        return Ok(());
                    }
                }
                Stop::LoopHead { exit } => {
                    let frame = self.vm.state.frames.len() - 1;
                    let head = self.vm.state.frames[frame].pc;
                    // Marks of loops inside that were left may be there still.
                    self.vm.state.frames[frame].loops.retain(|mark| mark.holds(head));
                    if let Some(region) = region
                        && (region.depth, region.head) == (frame, head)
                        && self.vm.state.frames[frame]
                            .loops
                            .last()
                            .is_some_and(|mark| mark.head == head && mark.entered)
                    {
                        let state = self.take();
                        ends.back.push(state);
                        return Ok(());
                    }
                    self.turns += 1;
                    if self.turns > self.vm.limits.turns_max {
                        return Err(self.too_many_turns());
                    }
                    self.arrive(head, exit);
                    let mut live = Live::new(self.take(), false);
                    if !waited && pool.iter().any(|other| other.key <= live.key) {
                        live.waited = true;
                        pool.push(live);
                        return Ok(());
                    }
                    if let Some(mark) = live.state.frames[frame].loops.last_mut() {
                        mark.entered = true;
                    }
                    let turn = self.enter_loop(live.state, Region { depth: frame, head, exit })?;
                    pool.extend(turn.pass.into_iter().map(|state| Live::new(state, true)));
                    pool.extend(turn.again.into_iter().map(|state| Live::new(state, false)));
                    for state in turn.out {
                        match region {
                            Some(region) if !region.holds(&state) => ends.out.push(state),
                            _ => pool.push(Live::new(state, false)),
                        }
                    }
                    return Ok(());
                }
                Stop::Decide(condition) => {
                    if self.assert_at_entry(condition) {
                        continue;
                    }
                    self.fork(condition, pool)?;
                    return Ok(());
                }
                Stop::Concretise(term, why) => {
                    let (candidate, last) = self.candidate(term, &why)?;
                    let condition = term.equals(Term::int(candidate));
                    if last {
                        self.vm.state.facts.assume(condition, true);
                        continue;
                    }
                    self.fork(SymBool::Term(condition), pool)?;
                    return Ok(());
                }
                Stop::Done(value) => {
                    let outputs =
                        (self.flatten)(self.vm, &value).map_err(|unwind| self.at_the_return(unwind))?;
                    let loc = self.vm.state.left_at;
                    self.end(Terminator::Return(outputs), loc);
                    return Ok(());
                }
                Stop::Raised(exception) => {
                    // In a loop run for an arbitrary iteration the library may refuse what it takes in each single one.
                    let artificial = self.rolling > 0 && !self.vm.is_deliberate(&exception);
                    let trace = &self.vm.state.trace;
                    // Where paths have met again every run comes, but values may differ there: of what the library raises
                    // only that does not hang on values which is about the kinds of things.
                    let certain = !trace.is_conditional()
                        && self.vm.is_instance(&exception, classes::TYPE_ERROR)
                        && !self.vm.is_deliberate(&exception);
                    if trace.is_straight() || certain || artificial || self.vm.is_lacking(&exception) {
                        return Err(self.vm.uncaught(&exception));
                    }
                    let (message, operands) = self.vm.failure(&exception)?;
                    let loc = self.vm.raised_at(&exception);
                    self.end(Terminator::Fail { message, operands }, loc);
                    return Ok(());
                }
                Stop::Failed(unwind) => return Err(unwind),
            }
        }
    }

    /// Takes the current state out of the machine.
    fn take(&mut self) -> State {
        std::mem::take(&mut self.vm.state)
    }

    /// Notes that the current state has come to a loop's head.
    fn arrive(&mut self, head: Pc, exit: Pc) {
        let frame = self.vm.state.frames.last_mut().expect("a loop is in a frame");
        frame.loops.retain(|mark| mark.holds(head));
        match frame.loops.last_mut() {
            Some(mark) if mark.head == head => {
                if mark.entered {
                    mark.iteration += 1;
                    mark.entered = false;
                }
            }
            _ => frame.loops.push(crate::python::vm::frame::LoopMark {
                head,
                exit,
                iteration: 0,
                entered: false,
                unroll: false,
                peeled: 0,
            }),
        }
    }

    fn end(&mut self, end: Terminator, loc: Loc) {
        let block = self.vm.state.block;
        let block = self.vm.net.block_mut(block);
        block.end = end;
        block.loc = loc;
    }

    /// Makes a guard of an `assert` that every run comes to and that asks about input dimensions alone: it is checked when
    /// the program is entered and fails with the source's own message, before anything that relies on it.
    fn assert_at_entry(&mut self, condition: SymBool) -> bool {
        let SymBool::Term(term) = condition else { return false };
        let state = &self.vm.state;
        let truth = state.frames.last().and_then(|frame| {
            frame.code.asserts.iter().find(|(at, _)| *at == frame.pc).map(|&(_, truth)| truth)
        });
        let known_at_entry =
            term.syms().iter().all(|sym| matches!(self.vm.net.syms.get(sym), Some(SymDef::Input { .. })));
        let Some(truth) = truth.filter(|_| known_at_entry && state.trace.is_straight() && self.rolling == 0)
        else {
            return false;
        };
        let before = state.clone();
        // What it says is found out by letting it fail.
        let emitted = self.vm.emitted;
        self.vm.state.facts.assume(term, !truth);
        let failure = loop {
            match self.vm.advance(false) {
                Stop::Join => {}
                Stop::Raised(exception) => {
                    break Some((self.vm.exception_text(&exception), self.vm.raised_at(&exception)));
                }
                _ => break None,
            }
        };
        let silent = self.vm.emitted == emitted;
        self.vm.state = before.clone();
        let Some((reason, loc)) = failure.filter(|_| silent) else { return false };
        self.vm.state.facts.assume(term, truth);
        if self.vm.state.facts.decide(term) != Some(truth) {
            self.vm.state = before;
            return false;
        }
        let condition = if truth { term } else { term.negated() };
        self.vm.net.guards.push(Guard { condition, reason, raises: true, loc });
        true
    }

    /// Two states for the current one: a gate of the net.
    fn fork(&mut self, condition: SymBool, pool: &mut Vec<Live>) -> Result<(), Unwind> {
        if self.vm.net.blocks.len() > self.vm.limits.blocks_max {
            let limit = self.vm.limits.blocks_max;
            return Err(self.too_many(&format!("the program has more than {limit} blocks")));
        }
        let value = self.vm.emit_bool(condition)?;
        let loc = self.vm.current_loc();
        let (yes, no) = (self.vm.net.add_block(loc), self.vm.net.add_block(loc));
        let edge = |block| Edge { block, args: vec![] };
        self.end(Terminator::Branch { condition: value, yes: edge(yes), no: edge(no) }, loc);
        self.forks += 1;
        let objects = self.vm.state.heap.len();
        for (side, block, truth) in [(0u8, yes, true), (1, no, false)] {
            let mut state = self.vm.state.clone();
            state.block = block;
            state.trace.fork(self.forks, side, objects);
            state.decided.insert(value, truth);
            if let SymBool::Term(term) = condition {
                state.facts.assume(term, truth);
            }
            // The state repeats the instruction at which it stands, a loop head too.
            pool.push(Live::new(state, true));
        }
        Ok(())
    }

    /// A value that a run-time integer may have and that this path has not ruled out, and whether it is the last one.
    fn candidate(&mut self, term: Term, why: &str) -> Result<(i64, bool), Unwind> {
        let values = match term.node() {
            Node::Sym(sym) => self.vm.candidates.get(&sym).cloned(),
            _ => {
                let syms = term.syms();
                match syms[..] {
                    [sym] => self.vm.candidates.get(&sym).map(|values| {
                        values
                            .iter()
                            .filter_map(|&v| term.eval_int(&[(sym, v)].into_iter().collect()))
                            .collect()
                    }),
                    _ => None,
                }
            }
        };
        let facts = &self.vm.state.facts;
        let open = |value: &i64| facts.decide(term.equals(Term::int(*value))) != Some(false);
        let ranged = || match facts.range(facts.normalise(term)) {
            (Some(low), Some(high)) if high - low < 64 => Some((low as i64..=high as i64).collect()),
            _ => None,
        };
        let mut values = values.or_else(ranged).unwrap_or_default().into_iter().filter(open);
        match values.next() {
            Some(value) => Ok((value, values.next().is_none())),
            None => Err(self.vm.unsupported(
                format!("{why} must be known at compile time, but it is only known at run time here"),
                "use a tensor operation that takes a run-time value, or make the value a constant of the constructor",
            )),
        }
    }

    fn too_many_turns(&mut self) -> Unwind {
        let limit = self.vm.limits.turns_max;
        if let Some(frame) = self.vm.state.frames.last_mut() {
            // The place is the loop's head, where the state stands, and not what came before it.
            frame.pc += 1;
        }
        self.vm.unsupported(
            format!("endless loop? loops of the entry have been passed {limit} times (turns_max)"),
            "a loop over Python values must end by itself; one that data ends needs a condition on a tensor",
        )
    }

    /// What the entry cannot return is told at the `return` that gave it.
    fn at_the_return(&self, unwind: Unwind) -> Unwind {
        let loc = self.vm.state.left_at;
        match (unwind, self.vm.net.files.get(loc.file as usize)) {
            (Unwind::Diagnostic(diagnostic), Some(file)) if diagnostic.span.is_none() && loc.line > 0 => {
                let source = std::fs::read_to_string(file).unwrap_or_default();
                let text = source.lines().nth(loc.line as usize - 1).unwrap_or_default().to_string();
                let len = text.trim_end().chars().count().saturating_sub(loc.col as usize - 1).max(1) as u32;
                diagnostic.at(Span { file: file.clone(), line: loc.line, col: loc.col, len, text }).into()
            }
            (unwind, _) => unwind,
        }
    }

    fn too_many(&mut self, what: &str) -> Unwind {
        self.vm.unsupported(
            format!("too many data-dependent paths: {what}"),
            "paths that leave different Python values behind (lists of other lengths, other objects) cannot be merged; \
             let them leave the same",
        )
    }
}
