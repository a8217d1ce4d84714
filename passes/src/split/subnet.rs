//! Subnets cut out of a net, equal bodies found equal.

use super::demand::is_inlined;
use braid_ir::net::Builder;
use braid_ir::program::Subnet;
use braid_ir::{Net, Op, OpId, Sym, Term, Terminator, Type, ValueId};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// The distinct subnets so far.
#[derive(Default)]
pub(super) struct Subnets {
    pub list: Vec<Subnet>,
    by_body: HashMap<String, usize>,
}

/// A subnet as one call uses it.
pub(super) struct Cut {
    /// Index of the subnet.
    pub subnet: usize,
    /// The values that the call passes.
    pub args: Vec<ValueId>,
    /// The symbols, of the whole net, whose values the call passes.
    pub dims: Vec<Sym>,
}

impl Subnets {
    /// The subnet of these operators (in order) with these results. What identifies it are its operators, attributes, the
    /// types of its parameters and how they are connected; which weights and symbols a call passes does not matter.
    pub fn cut(&mut self, net: &Net, ops: &[OpId], results: &[ValueId]) -> Cut {
        let ops = &canonical_order(net, ops, results);
        let inside: HashSet<ValueId> =
            ops.iter().flat_map(|&op| net.op(op).results.iter().copied()).collect();
        let mut args: Vec<ValueId> = Vec::new();
        for &operand in ops.iter().flat_map(|&op| &net.op(op).operands) {
            if !inside.contains(&operand) && !is_inlined(net, operand) && !args.contains(&operand) {
                args.push(operand);
            }
        }
        let mut dims: Vec<Sym> = Vec::new();
        let types = args.iter().flat_map(|&v| net.ty(v).syms());
        let bodies = ops.iter().flat_map(|&id| {
            let op = net.op(id);
            op.syms().into_iter().chain(op.results.iter().flat_map(|&v| net.ty(v).syms()))
        });
        for sym in types.chain(bodies) {
            if !dims.contains(&sym) {
                dims.push(sym);
            }
        }
        let own: Vec<Sym> = (0..dims.len()).map(|i| Sym::named(&format!("d{i}"))).collect();
        let rename: HashMap<Sym, Term> =
            dims.iter().copied().zip(own.iter().map(|&s| Term::sym(s))).collect();

        let mut body = Net::new("");
        body.files = net.files.clone();
        let mut map: HashMap<ValueId, ValueId> = HashMap::new();
        for (i, &arg) in args.iter().enumerate() {
            body.inputs.push(format!("a{i}"));
            map.insert(arg, body.add_param(Net::ENTRY, net.ty(arg).subst(&rename)));
        }
        for &id in ops {
            let op = net.op(id);
            for &operand in &op.operands {
                if let Some(weight) = net.weight_of(operand).filter(|_| is_inlined(net, operand)) {
                    map.entry(operand).or_insert_with(|| {
                        Builder::new(&mut body, Net::ENTRY, op.loc)
                            .full(weight.data.get(0), vec![])
                            .expect("a rank-0 fill is well formed")
                    });
                }
            }
            let operands = op.operands.iter().map(|v| map[v]).collect();
            let types: Vec<Type> = op.results.iter().map(|&v| net.ty(v).subst(&rename)).collect();
            let op = Op { operands, attrs: op.attrs.subst(&rename), ..op.clone() };
            let new = body.append(Net::ENTRY, op, types);
            map.extend(net.op(id).results.iter().copied().zip(new));
        }
        let block = body.block_mut(Net::ENTRY);
        block.end = Terminator::Return(results.iter().map(|v| map[v]).collect());
        block.loc = ops.first().map(|&op| net.op(op).loc).unwrap_or_default();

        let next = self.list.len();
        let subnet = *self.by_body.entry(key(&body)).or_insert(next);
        if subnet == next {
            body.name = format!("s{next}");
            self.list.push(Subnet { net: body, dims: own });
        }
        Cut { subnet, args, dims }
    }
}

/// Operators as a walk from the results meets them, operands first: the order in which the program happens to compute
/// things does not tell equal bodies apart.
fn canonical_order(net: &Net, ops: &[OpId], results: &[ValueId]) -> Vec<OpId> {
    let inside: HashSet<OpId> = ops.iter().copied().collect();
    let mut seen: HashSet<OpId> = HashSet::new();
    let mut order = Vec::new();
    let producer = |v: ValueId| net.producer(v).map(|(id, _)| id).filter(|id| inside.contains(id));
    let mut stack: Vec<(OpId, bool)> =
        results.iter().rev().filter_map(|&v| producer(v)).map(|id| (id, false)).collect();
    while let Some((id, done)) = stack.pop() {
        if done {
            order.push(id);
        } else if seen.insert(id) {
            stack.push((id, true));
            stack.extend(net.op(id).operands.iter().rev().filter_map(|&v| producer(v)).map(|id| (id, false)));
        }
    }
    order
}

/// The body as text without names and places.
fn key(net: &Net) -> String {
    let mut key = String::new();
    let block = net.block(Net::ENTRY);
    let text = "writing to a string cannot fail";
    for &param in &block.params {
        write!(key, "{};", net.ty(param)).expect(text);
    }
    for &id in &block.ops {
        let op = net.op(id);
        write!(key, "{:?}={}{:?}{:?};", op.results, op.spec.name, op.operands, op.attrs).expect(text);
    }
    write!(key, "{:?}", block.end).expect(text);
    key
}
