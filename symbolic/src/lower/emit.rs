//! The graph to instructions: sums in several accumulators, products fused into the sums that use them.

use super::graph::{Graph, Id, Node};
use super::{LowerError, Options};
use crate::number::Number;
use crate::tape::{Instr, Reg, Tape};
use braid_ir::ScalarOp;
use hashbrown::HashMap;

/// Sums of more terms than this are added in several accumulators, so that additions need not wait for each other.
const CHAIN_MAX: usize = 8;
/// How many accumulators.
const ACCUMULATORS: usize = 4;

struct Emitter<'a> {
    graph: &'a Graph,
    options: &'a Options,
    tape: Tape,
    /// The register of each node that has one.
    registers: Vec<Reg>,
    /// How often each node is used.
    uses: Vec<u32>,
    constants: HashMap<u64, Reg>,
    reciprocals: HashMap<Id, Reg>,
    /// How many products divide by each node.
    divisors: HashMap<Id, u32>,
}

const NONE: Reg = Reg::MAX;

pub(super) fn emit(
    graph: &Graph,
    roots: &[Id],
    inputs: usize,
    options: &Options,
) -> Result<Tape, LowerError> {
    let order = graph.order(roots);
    let mut uses = vec![0u32; graph.nodes.len()];
    let mut divisors: HashMap<Id, u32> = HashMap::new();
    for &id in &order {
        graph.each_child(id, |child| uses[child as usize] += 1);
        for &(base, exponent) in graph.factors(id) {
            if exponent < 0 {
                *divisors.entry(base).or_default() += 1;
            }
        }
    }
    for &root in roots {
        uses[root as usize] += 1;
    }
    let mut emitter = Emitter {
        graph,
        options,
        tape: Tape { inputs, ..Tape::default() },
        registers: vec![NONE; graph.nodes.len()],
        uses,
        constants: HashMap::new(),
        reciprocals: HashMap::new(),
        divisors,
    };
    let is_root: hashbrown::HashSet<Id> = roots.iter().copied().collect();
    // A product that only sums use, and only one of them, is made where that sum is.
    let mut user_is_sum = vec![false; graph.nodes.len()];
    for &id in &order {
        let sum = matches!(graph.nodes[id as usize], Node::Sum(..));
        graph.each_child(id, |child| user_is_sum[child as usize] = sum);
    }
    for &id in &order {
        let inline = options.fuse
            && emitter.uses[id as usize] == 1
            && user_is_sum[id as usize]
            && !is_root.contains(&id)
            && emitter.fusible(id);
        if !inline {
            let register = emitter.node(id);
            emitter.registers[id as usize] = register;
        }
        if emitter.tape.code.len() > i32::MAX as usize {
            return Err(LowerError::TooLarge(i32::MAX as usize));
        }
    }
    emitter.tape.outputs = roots.iter().map(|root| emitter.registers[*root as usize]).collect();
    Ok(emitter.tape)
}

impl Emitter<'_> {
    fn push(&mut self, instr: Instr) -> Reg {
        self.tape.code.push(instr);
        (self.tape.code.len() - 1) as Reg
    }

    fn constant(&mut self, value: f64) -> Reg {
        if let Some(&register) = self.constants.get(&value.to_bits()) {
            return register;
        }
        let register = self.push(Instr::Const(value));
        self.constants.insert(value.to_bits(), register);
        register
    }

    /// Whether a node is a product of at least two things without a division.
    fn fusible(&self, id: Id) -> bool {
        let factors = self.graph.factors(id);
        factors.len() > 1 && factors.iter().all(|f| f.1 > 0)
    }

    fn binary(&mut self, op: ScalarOp, a: Reg, b: Reg) -> Reg {
        self.push(Instr::Binary(op, a, b))
    }

    fn node(&mut self, id: Id) -> Reg {
        let registers =
            |e: &Self, ids: &[Id]| ids.iter().map(|i| e.registers[*i as usize]).collect::<Vec<_>>();
        match &self.graph.nodes[id as usize] {
            Node::Const(n) => self.constant(n.to_f64()),
            Node::Pi => self.constant(std::f64::consts::PI),
            Node::Input(input) => self.push(Instr::Input(*input)),
            Node::Sum(constant, terms) => self.sum(constant, terms),
            Node::Product(factors) => self.product(factors),
            Node::Power(base, exponent) => {
                let (a, b) = (self.registers[*base as usize], self.registers[*exponent as usize]);
                self.binary(ScalarOp::Pow, a, b)
            }
            Node::Apply(ScalarOp::Select, args) => {
                let r = registers(self, args);
                self.push(Instr::Select(r[0], r[1], r[2]))
            }
            Node::Apply(op, args) => match registers(self, args)[..] {
                [a] => self.push(Instr::Unary(*op, a)),
                [a, b] => self.binary(*op, a, b),
                _ => unreachable!("{} takes one or two operands", op.name()),
            },
            Node::Call(function, args) => {
                let args = registers(self, args).into();
                let value = function.spec().value.clone();
                // Import has refused functions without a value.
                let callback = value.unwrap_or_else(|| unreachable!("a function without a value"));
                self.push(Instr::Call(callback, args))
            }
        }
    }

    fn whole_power(&mut self, base: Reg, exponent: i32) -> Reg {
        match exponent {
            1 => base,
            2 => self.binary(ScalarOp::Mul, base, base),
            _ => self.push(Instr::Powi(base, exponent)),
        }
    }

    /// The factors above and below the line, as registers.
    fn split(&mut self, factors: &[(Id, i32)]) -> (Vec<Reg>, Vec<Reg>) {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for &(base, exponent) in factors {
            let register = self.registers[base as usize];
            if exponent > 0 {
                above.push(self.whole_power(register, exponent));
            } else if self.divisors[&base] > 1 {
                // Several divide by it: one division, then multiplications.
                let reciprocal = match self.reciprocals.get(&base) {
                    Some(&reciprocal) => reciprocal,
                    None => {
                        let one = self.constant(1.0);
                        let reciprocal = self.binary(ScalarOp::Div, one, register);
                        self.reciprocals.insert(base, reciprocal);
                        reciprocal
                    }
                };
                above.push(self.whole_power(reciprocal, -exponent));
            } else {
                below.push(self.whole_power(register, -exponent));
            }
        }
        (above, below)
    }

    fn multiply(&mut self, factors: &[Reg]) -> Option<Reg> {
        let (&first, rest) = factors.split_first()?;
        Some(rest.iter().fold(first, |product, &f| self.binary(ScalarOp::Mul, product, f)))
    }

    fn product(&mut self, factors: &[(Id, i32)]) -> Reg {
        let (above, below) = self.split(factors);
        let above = self.multiply(&above);
        match (above, self.multiply(&below)) {
            (Some(above), None) => above,
            (Some(above), Some(below)) => self.binary(ScalarOp::Div, above, below),
            (None, Some(below)) => {
                let one = self.constant(1.0);
                self.binary(ScalarOp::Div, one, below)
            }
            (None, None) => self.constant(1.0),
        }
    }

    /// A summand as a value, or as two values to be multiplied, with its coefficient's sign.
    fn summand(&mut self, id: Id, coefficient: &Number) -> (Reg, Option<Reg>, bool) {
        let negative = coefficient.is_negative();
        let magnitude = coefficient.abs();
        let known = self.registers[id as usize];
        let mut factors = if known == NONE {
            let factors = self.graph.factors(id).to_vec();
            self.split(&factors).0
        } else {
            vec![known]
        };
        if !magnitude.is_one() {
            factors.push(self.constant(magnitude.to_f64()));
        }
        let last = factors.pop().unwrap_or(known);
        match self.multiply(&factors) {
            Some(rest) if self.options.fuse => (rest, Some(last), negative),
            Some(rest) => (self.binary(ScalarOp::Mul, rest, last), None, negative),
            None => (last, None, negative),
        }
    }

    fn sum(&mut self, constant: &Number, terms: &[(Id, Number)]) -> Reg {
        // Positive terms first, so that an accumulator starts without a negation.
        let mut sorted: Vec<&(Id, Number)> = terms.iter().collect();
        sorted.sort_by_key(|t| t.1.is_negative());
        let lanes = if terms.len() > CHAIN_MAX { ACCUMULATORS } else { 1 };
        let mut accumulators: Vec<Option<Reg>> = vec![None; lanes];
        if !constant.is_zero() {
            accumulators[0] = Some(self.constant(constant.to_f64()));
        }
        for (at, (id, coefficient)) in sorted.into_iter().enumerate() {
            let (a, b, negative) = self.summand(*id, coefficient);
            let lane = at % lanes;
            accumulators[lane] = Some(match (accumulators[lane], b, negative) {
                (None, None, false) => a,
                (None, None, true) => self.push(Instr::Unary(ScalarOp::Neg, a)),
                (None, Some(b), false) => self.binary(ScalarOp::Mul, a, b),
                (None, Some(b), true) => {
                    let product = self.binary(ScalarOp::Mul, a, b);
                    self.push(Instr::Unary(ScalarOp::Neg, product))
                }
                (Some(sum), None, false) => self.binary(ScalarOp::Add, sum, a),
                (Some(sum), None, true) => self.binary(ScalarOp::Sub, sum, a),
                (Some(sum), Some(b), false) => self.push(Instr::MulAdd(a, b, sum)),
                (Some(sum), Some(b), true) => self.push(Instr::NegMulAdd(a, b, sum)),
            });
        }
        let mut sums: Vec<Reg> = accumulators.into_iter().flatten().collect();
        while sums.len() > 1 {
            sums = sums
                .chunks(2)
                .map(|pair| match *pair {
                    [a, b] => self.binary(ScalarOp::Add, a, b),
                    [a] => a,
                    _ => unreachable!("chunks of one or two"),
                })
                .collect();
        }
        sums.pop().unwrap_or_else(|| self.constant(0.0))
    }
}
