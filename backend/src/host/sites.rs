//! The places where the host program hands something to the runtime: gates, calls, library calls, returns, raises and
//! guards. They are numbered once, so that code and manifest agree.

use super::HostError;
use crate::memory::{self, Home, Place, Plan};
use braid_ir::ops::OpDef;
use braid_ir::ops::attrs::Attr;
use braid_ir::program::{Arg, HostEnd, Instr, Program, SymSource, Var, VarId};
use braid_ir::{Loc, Node, Term, Type};
use braid_runtime::DType;
use braid_runtime::manifest as m;
use std::collections::HashMap;

/// What is passed at a site: pointers of these, then the values of these terms.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    /// Operands.
    pub values: Vec<Arg>,
    /// Integers, in the order of [`m::Size::Arg`].
    pub ints: Vec<Term>,
}

/// A condition checked at entry.
#[derive(Clone, Debug)]
pub enum Check {
    /// A `bool` term.
    Term(Term),
    /// Dimension `axis` of input `input` is this term.
    Dim {
        /// Which input.
        input: usize,
        /// Which dimension.
        axis: usize,
        /// What it must be.
        is: Term,
    },
}

/// All sites of a program.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    /// Number of the gate that ends a block.
    pub gates: HashMap<usize, u64>,
    /// Number of a call, by block and instruction.
    pub calls: HashMap<(usize, usize), u64>,
    /// Number of a library call and what is passed, by block and instruction.
    pub library: HashMap<(usize, usize), (u64, Passed)>,
    /// Number of a condition checked on the way and what is passed if it does not hold, by block and instruction.
    pub conditions: HashMap<(usize, usize), (u64, Passed)>,
    /// Number of the return or raise that ends a block, and what is passed.
    pub ends: HashMap<usize, (u64, Passed)>,
    /// Conditions in order of their numbers.
    pub checks: Vec<Check>,
    /// The part of the manifest that describes them.
    pub manifest: m::Manifest,
}

/// A location in the manifest's form.
pub fn loc(loc: Loc) -> m::Loc {
    m::Loc { file: loc.file, line: loc.line, col: loc.col }
}

/// An element type in the runtime's form.
pub fn dtype(dtype: braid_ir::DType) -> DType {
    DType::from_name(dtype.name()).expect("the runtime has every element type")
}

fn size(term: Term, ints: &mut Vec<Term>) -> m::Size {
    match term.as_int() {
        Some(n) => m::Size::Fixed(n),
        None => {
            let at = ints.iter().position(|&t| t == term).unwrap_or_else(|| {
                ints.push(term);
                ints.len() - 1
            });
            m::Size::Arg(at as u32)
        }
    }
}

fn value(program: &Program, arg: Arg, ints: &mut Vec<Term>) -> Result<m::Value, HostError> {
    Ok(match arg {
        Arg::Weight(weight) => {
            let data = &program.weights[weight.index()].data;
            m::Value::Tensor {
                dtype: dtype(data.dtype()),
                shape: data.shape().iter().map(|&d| m::Size::Fixed(d as i64)).collect(),
                text: braid_ir::TensorType::fixed(data.dtype(), data.shape()).to_string(),
            }
        }
        Arg::Var(var) => match &program.vars[var.index()] {
            Var::Buffer(ty) => m::Value::Tensor {
                dtype: dtype(ty.dtype),
                shape: ty.shape.iter().map(|&d| size(d, ints)).collect(),
                text: ty.to_string(),
            },
            Var::Seq(of, dims) => {
                let dims = dims.as_deref().unwrap_or_default();
                m::Value::Seq {
                    dtype: dtype(*of),
                    rank: dims.len() as u32,
                    open: (0..dims.len()).filter(|&d| dims[d].is_none()).map(|d| d as u32).collect(),
                }
            }
            // The value of a register is a tensor only once it has been stored.
            Var::Int | Var::Bool => {
                return Err(HostError::Internal(format!("register %{} is passed as a tensor", var.0)));
            }
        },
    })
}

fn values(program: &Program, args: &[Arg], passed: &mut Passed) -> Result<Vec<m::Value>, HostError> {
    passed.values = args.to_vec();
    args.iter().map(|&arg| value(program, arg, &mut passed.ints)).collect()
}

fn attr(attr: &Attr, ints: &mut Vec<Term>) -> Result<m::Attr, HostError> {
    Ok(match attr {
        Attr::Bool(v) => m::Attr::Bool(*v),
        Attr::Int(v) => m::Attr::Ints(vec![*v]),
        Attr::Ints(v) => m::Attr::Ints(v.clone()),
        Attr::Float(v) => m::Attr::Floats(vec![*v]),
        Attr::Floats(v) => m::Attr::Floats(v.clone()),
        Attr::Str(v) => m::Attr::Str(v.clone()),
        Attr::DType(v) => m::Attr::DType(dtype(*v)),
        Attr::Scalar(v) => m::Attr::Floats(vec![v.as_f64()]),
        Attr::Term(v) => m::Attr::Sizes(vec![size(*v, ints)]),
        Attr::Terms(v) => m::Attr::Sizes(v.iter().map(|&t| size(t, ints)).collect()),
        Attr::Tensor(_) => {
            return Err(HostError::Internal("a library call with a constant tensor".to_string()));
        }
    })
}

fn output(program: &Program, plan: &Plan, result: VarId) -> Result<m::Output, HostError> {
    let (of, place) = match (&program.vars[result.index()], plan.homes[result.index()]) {
        (Var::Seq(of, _), _) => (*of, m::Place::Handle),
        (Var::Buffer(ty), Some(Home::Place(Place::Arena { offset, bytes }))) => {
            (ty.dtype, m::Place::Arena { offset, bytes })
        }
        (Var::Buffer(ty), Some(Home::Place(Place::Slot(slot)))) => (ty.dtype, m::Place::Slot(slot)),
        _ => {
            return Err(HostError::Internal(format!("the library call's result %{} has no place", result.0)));
        }
    };
    Ok(m::Output { dtype: dtype(of), place })
}

impl Sites {
    /// Numbers every site of a program.
    ///
    /// # Errors
    /// If the runtime lacks a routine.
    pub fn of(program: &Program, plan: &Plan) -> Result<Sites, HostError> {
        let mut sites = Sites::default();
        sites.inputs(program);
        for guard in &program.guards {
            sites.checks.push(Check::Term(guard.condition));
            let condition = guard.condition.to_string();
            sites.manifest.guards.push(m::Guard {
                loc: loc(guard.loc),
                condition,
                reason: guard.reason.clone(),
                raises: guard.raises,
            });
        }
        for (b, block) in program.blocks.iter().enumerate() {
            for (i, instr) in block.instrs.iter().enumerate() {
                match instr {
                    Instr::Call { subnet, loc: at, .. } => {
                        sites.calls.insert((b, i), sites.manifest.calls.len() as u64);
                        sites.manifest.calls.push(m::Call { subnet: *subnet as u32, loc: loc(*at) });
                    }
                    Instr::Library { spec, attrs, args, results, loc: at } => {
                        let kernel = match spec.def {
                            OpDef::Opaque { kernel, .. } => kernel,
                            _ => spec.name,
                        };
                        if !braid_runtime::library::has(kernel) {
                            let (op, kernel) = (spec.name.to_string(), kernel.to_string());
                            return Err(HostError::Routine { op, kernel, loc: *at });
                        }
                        let mut passed = Passed::default();
                        let call = m::LibraryCall {
                            kernel: kernel.to_string(),
                            operands: values(program, args, &mut passed)?,
                            attrs: attrs
                                .iter()
                                .map(|(name, a)| Ok((name.to_string(), attr(a, &mut passed.ints)?)))
                                .collect::<Result<_, HostError>>()?,
                            results: results
                                .iter()
                                .map(|&r| output(program, plan, r))
                                .collect::<Result<_, HostError>>()?,
                            loc: loc(*at),
                        };
                        sites.library.insert((b, i), (sites.manifest.library.len() as u64, passed));
                        sites.manifest.library.push(call);
                    }
                    Instr::Check { message, values, loc: at, .. } => {
                        let mut passed = Passed::default();
                        let values = values.iter().map(|&v| size(v, &mut passed.ints)).collect();
                        sites.conditions.insert((b, i), (sites.manifest.checks.len() as u64, passed));
                        sites.manifest.checks.push(m::Check {
                            loc: loc(*at),
                            message: message.clone(),
                            values,
                        });
                    }
                    Instr::Compute { .. } | Instr::Load { .. } | Instr::Store { .. } => {}
                }
            }
            let mut passed = Passed::default();
            let at = loc(block.loc);
            match &block.end {
                HostEnd::Branch { .. } => {
                    sites.gates.insert(b, sites.manifest.gates.len() as u64);
                    sites.manifest.gates.push(m::Gate { loc: at });
                }
                HostEnd::Return(args) => {
                    let values = values(program, args, &mut passed)?;
                    sites.ends.insert(b, (sites.manifest.returns.len() as u64, passed));
                    sites.manifest.returns.push(m::Return { loc: at, values });
                }
                HostEnd::Fail { message, operands } => {
                    let operands = values(program, operands, &mut passed)?;
                    sites.ends.insert(b, (sites.manifest.fails.len() as u64, passed));
                    sites.manifest.fails.push(m::Fail { loc: at, message: message.clone(), operands });
                }
                HostEnd::Jump(_) => {}
            }
        }
        debug_assert_eq!(sites.manifest.gates.len(), sites.gates.len());
        Ok(sites)
    }

    /// Declares the inputs. A dimension that is an expression over others becomes a condition.
    fn inputs(&mut self, program: &Program) {
        for (i, (name, ty, _)) in program.inputs.iter().enumerate() {
            let mut dims = Vec::new();
            let ty = match ty {
                Type::Tensor(ty) => ty,
                Type::Seq(of, known) => {
                    let dim = |dim: &Option<Term>| match dim.and_then(|dim| dim.as_int()) {
                        Some(n) => m::Dim::Fixed(n.max(0) as u64),
                        None => m::Dim::Open,
                    };
                    self.manifest.inputs.push(m::Input {
                        name: name.clone(),
                        dtype: dtype(*of),
                        dims: known.iter().flatten().map(dim).collect(),
                        list: true,
                        ragged: known.is_none(),
                    });
                    continue;
                }
            };
            for (axis, &dim) in ty.shape.iter().enumerate() {
                dims.push(match (dim.as_int(), dim.node()) {
                    (Some(n), _) => m::Dim::Fixed(n.max(0) as u64),
                    (_, Node::Sym(sym)) => m::Dim::Named(sym.name()),
                    _ => m::Dim::Computed(dim.to_string()),
                });
                let defines = |source: &SymSource| *source == SymSource::Input { input: i, axis };
                let computed = matches!(dims.last(), Some(m::Dim::Computed(_)));
                if computed && !program.syms.values().any(defines) {
                    self.checks.push(Check::Dim { input: i, axis, is: dim });
                    self.manifest.guards.push(m::Guard {
                        loc: m::Loc::default(),
                        condition: format!("dimension {axis} of {name} == {dim}"),
                        reason: format!("the input is declared {name}={ty}"),
                        raises: false,
                    });
                }
            }
            self.manifest.inputs.push(m::Input {
                name: name.clone(),
                dtype: dtype(ty.dtype),
                dims,
                list: false,
                ragged: false,
            });
        }
    }
}

/// Whether the call's result must be made room for before the call: its size depends on symbols.
pub fn grows(plan: &Plan, program: &Program, result: VarId) -> Option<(u32, Term)> {
    match plan.homes[result.index()] {
        Some(Home::Place(Place::Slot(slot))) => {
            memory::byte_term(&program.vars[result.index()]).map(|bytes| (slot, bytes))
        }
        _ => None,
    }
}
