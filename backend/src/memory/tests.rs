//! Random programs, executed on their plan: every variable must read what was last written for it.

use super::*;
use braid_ir::net::{Loc, Net};
use braid_ir::program::{HostBlock, HostEnd, Subnet, SymSource};
use braid_ir::{DType, Sym, TensorType};

/// A small generator of numbers (xorshift), so that a failing program can be made again from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// Builds a structured random program over buffers of few sizes, one of them symbolic.
struct Maker {
    program: Program,
    dice: Dice,
    sizes: Vec<TensorType>,
}

impl Maker {
    fn new(seed: u64) -> Maker {
        let n = Sym::named("n");
        let mut sizes: Vec<TensorType> =
            [16, 16, 48, 160].iter().map(|&n| TensorType::fixed(DType::F32, &[n])).collect();
        sizes.push(TensorType::new(DType::F32, vec![Term::sym(n)]));
        let mut program = Program { name: "random".to_string(), ..Program::default() };
        program.syms.insert(n, SymSource::Input { input: 0, axis: 0 });
        for scratch in [0, 100] {
            // The scratch is found by index, see `needs`.
            let _ = scratch;
            program.subnets.push(Subnet { net: Net::new("s"), dims: vec![] });
        }
        let mut maker = Maker { program, dice: Dice(seed * 2 + 1), sizes };
        let ty = maker.sizes[4].clone();
        let input = maker.var(Var::Buffer(ty.clone()));
        maker.program.inputs.push(("x".to_string(), ty.into(), input));
        let entry = maker.block(vec![input]);
        let (last, mut env) = maker.body(entry, vec![input], 3);
        maker.dice.roll(2);
        env.truncate(6);
        maker.program.blocks[last].end = HostEnd::Return(env.into_iter().map(Arg::Var).collect());
        maker
    }

    fn var(&mut self, var: Var) -> VarId {
        self.program.vars.push(var);
        VarId(self.program.vars.len() as u32 - 1)
    }

    fn block(&mut self, params: Vec<VarId>) -> usize {
        let end = HostEnd::Return(vec![]);
        self.program.blocks.push(HostBlock { params, instrs: vec![], end, loc: Loc::default() });
        self.program.blocks.len() - 1
    }

    fn pick(&mut self, env: &[VarId]) -> VarId {
        env[self.dice.roll(env.len())]
    }

    /// A condition computed on the spot.
    fn condition(&mut self, block: usize) -> VarId {
        let result = self.var(Var::Bool);
        let term = Term::sym(Sym::named("n")).less(Term::int(5));
        self.program.blocks[block].instrs.push(Instr::Compute { result, term });
        result
    }

    /// Parameters of random types, each with an argument of that type from either environment.
    fn merge(&mut self, left: &[VarId], right: &[VarId]) -> Vec<(VarId, VarId, VarId)> {
        let mut params = Vec::new();
        for _ in 0..self.dice.roll(4) {
            let a = self.pick(left);
            let same: Vec<VarId> = right
                .iter()
                .copied()
                .filter(|v| self.program.vars[v.index()] == self.program.vars[a.index()])
                .collect();
            if same.is_empty() {
                continue;
            }
            let b = self.pick(&same);
            let ty = self.program.vars[a.index()].clone();
            let param = self.var(ty);
            params.push((param, a, b));
        }
        params
    }

    fn body(&mut self, mut block: usize, mut env: Vec<VarId>, depth: usize) -> (usize, Vec<VarId>) {
        for _ in 0..1 + self.dice.roll(5) {
            match self.dice.roll(if depth > 0 { 8 } else { 5 }) {
                0..=4 => {
                    let args: Vec<VarId> = (0..1 + self.dice.roll(2)).map(|_| self.pick(&env)).collect();
                    let mut results = Vec::new();
                    for _ in 0..1 + self.dice.roll(2) {
                        // Often of the first argument's type, so that it can be written in place.
                        let ty = match self.dice.roll(3) {
                            0 => Var::Buffer(self.sizes[self.dice.roll(5)].clone()),
                            _ => self.program.vars[args[0].index()].clone(),
                        };
                        results.push(self.var(ty));
                    }
                    env.extend(&results);
                    let subnet = self.dice.roll(2);
                    let args = args.into_iter().map(Arg::Var).collect();
                    let call = Instr::Call { subnet, args, dims: vec![], results, loc: Loc::default() };
                    self.program.blocks[block].instrs.push(call);
                }
                5 | 6 => {
                    let condition = self.condition(block);
                    let (yes, no) = (self.block(vec![]), self.block(vec![]));
                    let edge = |block| HostEdge { block, args: vec![] };
                    self.program.blocks[block].end =
                        HostEnd::Branch { condition, yes: edge(yes), no: edge(no) };
                    let (yes, left) = self.body(yes, env.clone(), depth - 1);
                    let (no, right) = self.body(no, env.clone(), depth - 1);
                    let params = self.merge(&left, &right);
                    let join = self.block(params.iter().map(|p| p.0).collect());
                    let side = |args: Vec<VarId>| {
                        HostEnd::Jump(HostEdge {
                            block: join,
                            args: args.into_iter().map(Arg::Var).collect(),
                        })
                    };
                    self.program.blocks[yes].end = side(params.iter().map(|p| p.1).collect());
                    self.program.blocks[no].end = side(params.iter().map(|p| p.2).collect());
                    env.extend(params.iter().map(|p| p.0));
                    block = join;
                }
                _ => {
                    let carried: Vec<VarId> = (0..1 + self.dice.roll(3)).map(|_| self.pick(&env)).collect();
                    let params: Vec<VarId> = carried
                        .iter()
                        .map(|v| {
                            let ty = self.program.vars[v.index()].clone();
                            self.var(ty)
                        })
                        .collect();
                    let header = self.block(params.clone());
                    let edge = |args: &[VarId]| HostEdge {
                        block: header,
                        args: args.iter().copied().map(Arg::Var).collect(),
                    };
                    self.program.blocks[block].end = HostEnd::Jump(edge(&carried));
                    env.extend(&params);
                    let (inner, after) = (self.block(vec![]), self.block(vec![]));
                    let condition = self.condition(header);
                    let plain = |block| HostEdge { block, args: vec![] };
                    self.program.blocks[header].end =
                        HostEnd::Branch { condition, yes: plain(inner), no: plain(after) };
                    let (end, inside) = self.body(inner, env.clone(), depth - 1);
                    // Swaps, rotations and repetitions among what is carried.
                    let next: Vec<VarId> = params
                        .iter()
                        .map(|p| {
                            let ty = &self.program.vars[p.index()];
                            let same: Vec<VarId> = inside
                                .iter()
                                .copied()
                                .filter(|v| &self.program.vars[v.index()] == ty)
                                .collect();
                            let late = same.len().saturating_sub(5);
                            same[late..][self.dice.roll(same.len() - late)]
                        })
                        .collect();
                    self.program.blocks[end].end = HostEnd::Jump(edge(&next));
                    block = after;
                }
            }
        }
        (block, env)
    }
}

fn needs() -> Vec<Needs> {
    // Either result may be written over argument 0.
    let in_place = vec![Some(0), Some(0)];
    vec![
        Needs { scratch_bytes: Term::int(0), in_place: in_place.clone() },
        Needs { scratch_bytes: Term::int(100), in_place: vec![] },
    ]
}

/// Contents of memory: what was written, by unit of the arena and by slot.
#[derive(Default)]
struct Memory {
    units: HashMap<u64, u64>,
    slots: HashMap<u32, u64>,
}

impl Memory {
    fn write(&mut self, place: Place, token: u64) {
        match place {
            Place::Arena { offset, bytes } => (offset..offset + bytes).for_each(|b| {
                self.units.insert(b, token);
            }),
            Place::Slot(slot) => {
                self.slots.insert(slot, token);
            }
        }
    }

    fn holds(&self, place: Place, token: u64) -> bool {
        match place {
            Place::Arena { offset, bytes } => {
                (offset..offset + bytes).all(|b| self.units.get(&b) == Some(&token))
            }
            Place::Slot(slot) => self.slots.get(&slot) == Some(&token),
        }
    }
}

const INPUT: u64 = 1;

/// Runs a program on its plan along a random path.
struct Machine<'a> {
    program: &'a Program,
    plan: &'a Plan,
    memory: Memory,
    /// What each variable should hold.
    expected: HashMap<VarId, u64>,
    /// Where passed handles point; `None` is the input.
    handles: HashMap<VarId, Option<Place>>,
    next: u64,
}

impl Machine<'_> {
    fn place(&self, var: VarId) -> Option<Place> {
        match self.plan.homes[var.index()].expect("a buffer has a home") {
            Home::Place(place) => Some(place),
            Home::Input(_) => None,
            Home::Passed => self.handles[&var],
        }
    }

    fn check(&self, var: VarId, at: &str) {
        let token = self.expected[&var];
        match self.place(var) {
            Some(place) => {
                assert!(self.memory.holds(place, token), "{at}: %{} at {place:?} was overwritten", var.0)
            }
            None => assert_eq!(token, INPUT, "{at}: %{} is not the input", var.0),
        }
    }

    fn run(&mut self, dice: &mut Dice) {
        let (mut block, mut steps) = (0, 0);
        loop {
            for (i, instr) in self.program.blocks[block].instrs.iter().enumerate() {
                let Instr::Call { args, results, .. } = instr else { continue };
                let at = format!("block {block}, instruction {i}");
                args.iter().filter_map(|&a| arg_var(a)).for_each(|v| self.check(v, &at));
                if let Some((scratch, _)) = self.plan.scratch.get(&(block, i)) {
                    self.memory.write(*scratch, 0);
                    args.iter()
                        .filter_map(|&a| arg_var(a))
                        .for_each(|v| self.check(v, &format!("{at} (scratch)")));
                }
                for &result in results {
                    self.next += 1;
                    self.expected.insert(result, self.next);
                    let place = self.place(result).expect("a result has a place");
                    self.memory.write(place, self.next);
                }
                results.iter().for_each(|&r| self.check(r, &at));
            }
            let out = edges(self.program, block);
            steps += 1;
            if out.is_empty() || steps > 60 {
                if let HostEnd::Return(args) = &self.program.blocks[block].end {
                    args.iter().filter_map(|&a| arg_var(a)).for_each(|v| self.check(v, "return"));
                }
                return;
            }
            let number = dice.roll(out.len());
            let edge = out[number];
            let read = |m: &Self, arg: Arg| m.place(arg_var(arg).expect("no weights here"));
            let handles: Vec<Option<Place>> = edge.args.iter().map(|&a| read(self, a)).collect();
            let tokens: Vec<u64> =
                edge.args.iter().map(|&a| self.expected[&arg_var(a).expect("no weights")]).collect();
            for copy in self.plan.copies.get(&(block, number)).into_iter().flatten() {
                let from = match copy.from {
                    Source::Arg(arg) => read(self, arg),
                    Source::Place(place) => Some(place),
                };
                let token = match from {
                    None => INPUT,
                    Some(Place::Arena { offset, .. }) => self.memory.units[&offset],
                    Some(Place::Slot(slot)) => self.memory.slots[&slot],
                };
                self.memory.write(copy.to, token);
            }
            for ((&param, handle), token) in
                self.program.blocks[edge.block].params.iter().zip(handles).zip(tokens)
            {
                self.handles.insert(param, handle);
                self.expected.insert(param, token);
            }
            block = edge.block;
        }
    }
}

#[test]
fn no_two_needed_buffers_overlap_in_random_programs() {
    let (mut copies, mut shared) = (0, 0);
    for seed in 0..3000 {
        let maker = Maker::new(seed);
        let plan = plan(&maker.program, &needs());
        copies += plan.copies.values().map(Vec::len).sum::<usize>();
        let sum: i64 = maker.program.vars.iter().filter_map(byte_term).filter_map(|t| t.as_int()).sum();
        shared += usize::from((plan.arena_bytes as i64) < sum);
        for path in 0..6 {
            let mut machine = Machine {
                program: &maker.program,
                plan: &plan,
                memory: Memory::default(),
                expected: HashMap::from([(maker.program.inputs[0].2, INPUT)]),
                handles: HashMap::from([(maker.program.inputs[0].2, None)]),
                next: INPUT,
            };
            let mut dice = Dice((seed * 7 + path) * 2 + 1);
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| machine.run(&mut dice)));
            assert!(outcome.is_ok(), "seed {seed}: {:#?}", maker.program.blocks);
        }
    }
    // The test would prove little if no program had these.
    assert!(copies > 500 && shared > 1500, "{copies} copies, {shared} programs that share bytes");
}

/// Two branches use the same bytes, and where they meet nothing is copied.
#[test]
fn branches_that_exclude_each_other_share_bytes() {
    let ty = Var::Buffer(TensorType::fixed(DType::F32, &[16]));
    let mut maker = Maker { program: Program::default(), dice: Dice(1), sizes: vec![] };
    maker.program.subnets.push(Subnet { net: Net::new("s"), dims: vec![] });
    let entry = maker.block(vec![]);
    let (yes, no) = (maker.block(vec![]), maker.block(vec![]));
    let condition = maker.var(Var::Bool);
    maker.program.blocks[entry]
        .instrs
        .push(Instr::Compute { result: condition, term: Term::constant(braid_ir::Scalar::Bool(true)) });
    let edge = |block, args| HostEdge { block, args };
    maker.program.blocks[entry].end =
        HostEnd::Branch { condition, yes: edge(yes, vec![]), no: edge(no, vec![]) };
    let merged = maker.var(ty.clone());
    let join = maker.block(vec![merged]);
    for side in [yes, no] {
        let (first, second) = (maker.var(ty.clone()), maker.var(ty.clone()));
        for (result, args) in [(first, vec![]), (second, vec![Arg::Var(first)])] {
            let call =
                Instr::Call { subnet: 0, args, dims: vec![], results: vec![result], loc: Loc::default() };
            maker.program.blocks[side].instrs.push(call);
        }
        maker.program.blocks[side].end = HostEnd::Jump(edge(join, vec![Arg::Var(second)]));
    }
    maker.program.blocks[join].end = HostEnd::Return(vec![Arg::Var(merged)]);
    let plan = plan(&maker.program, &[Needs { scratch_bytes: Term::int(0), in_place: vec![] }]);
    assert_eq!(plan.arena_bytes, 128);
    assert!(plan.copies.is_empty());
}
