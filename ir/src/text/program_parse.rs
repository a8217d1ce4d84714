//! Text into split programs: what [`super::print_program`] prints, read back.

use super::ParseError;
use super::lex::Token;
use super::parse::{Parser, net};
use crate::net::{Loc, Weight, WeightId};
use crate::program::*;
use crate::term::Sym;
use std::collections::HashMap;
use std::sync::Arc;

/// Reads a split program. What it means is not checked here beyond what building it needs; run the verifier.
///
/// # Errors
/// The first place that cannot be read.
pub fn parse_program(text: &str) -> Result<Program, ParseError> {
    let mut p = Parser::new(text)?;
    let mut reader = Reader::default();
    reader.program(&mut p)?;
    p.expect_end()?;
    Ok(reader.program)
}

/// A program's variables are numbered by their names; a number beyond this is a typing error.
const VARS_MAX: usize = 1 << 24;

#[derive(Default)]
struct Reader {
    program: Program,
    weights: HashMap<String, WeightId>,
    subnets: HashMap<String, usize>,
    /// Symbols of dimensions: the input is looked up once the host program's header has been read.
    dimensions: Vec<(Sym, String, usize, ParseError)>,
}

impl Reader {
    fn program(&mut self, p: &mut Parser) -> Result<(), ParseError> {
        if !p.eat_word("program") {
            return Err(p.error(format!("`program` is expected here, not {}", p.peek())));
        }
        self.program.name = p.global()?;
        p.expect("{")?;
        loop {
            if p.eat_word("weight") {
                self.weight(p)?;
            } else if p.eat_word("symbol") {
                self.symbol(p)?;
            } else if let Some(guard) = p.guard(&mut self.program.files)? {
                self.program.guards.push(guard);
            } else if p.eat_word("subnet") {
                p.expect("[")?;
                let dims = p.list("]", |p| Ok(Sym::named(&p.word("a symbol")?)))?;
                let net = net(p)?;
                if self.subnets.insert(net.name.clone(), self.program.subnets.len()).is_some() {
                    return Err(p.error(format!("the subnet @{} is defined twice", net.name)));
                }
                self.program.subnets.push(Subnet { net, dims });
            } else {
                break;
            }
        }
        self.host(p)?;
        p.expect("}")
    }

    fn weight(&mut self, p: &mut Parser) -> Result<(), ParseError> {
        let name = p.global()?;
        p.expect(":")?;
        let (dtype, shape) = p.fixed_ty()?;
        p.expect("=")?;
        let data = Arc::new(p.contents(dtype, shape, &name)?);
        let id = WeightId(self.program.weights.len() as u32);
        if self.weights.insert(name.clone(), id).is_some() {
            return Err(p.error(format!("@{name} is defined twice")));
        }
        self.program.weights.push(Weight { name, data });
        Ok(())
    }

    /// `symbol n = dimension 0 of x`, or `symbol n = v3`.
    fn symbol(&mut self, p: &mut Parser) -> Result<(), ParseError> {
        let sym = Sym::named(&p.word("a symbol")?);
        p.expect("=")?;
        if !p.eat_word("dimension") {
            let var = self.var(p)?;
            self.program.syms.insert(sym, SymSource::Var(var));
            return Ok(());
        }
        let axis = p.integer()?;
        let axis = usize::try_from(axis).map_err(|_| p.error("an axis is not negative".into()))?;
        if !p.eat_word("of") {
            return Err(p.error(format!("`of` is expected here, not {}", p.peek())));
        }
        let error = p.error(format!("there is no input {}", p.peek()));
        let input = self.input_name(p)?;
        self.dimensions.push((sym, input, axis, error));
        Ok(())
    }

    fn input_name(&mut self, p: &mut Parser) -> Result<String, ParseError> {
        match p.peek() {
            Token::Str(_) => p.string(),
            _ => p.word("the name of an input"),
        }
    }

    fn host(&mut self, p: &mut Parser) -> Result<(), ParseError> {
        if !p.eat_word("host") {
            return Err(p.error(format!("`host` is expected here, not {}", p.peek())));
        }
        p.expect("(")?;
        let inputs = p.list(")", |p| {
            let var = self.var(p)?;
            let name = self.input_name(p)?;
            p.expect(":")?;
            let ty = p.ty()?;
            self.program.vars[var.index()] = Var::of(ty.clone());
            Ok((name, ty, var))
        })?;
        self.program.inputs = inputs;
        for (sym, name, axis, error) in std::mem::take(&mut self.dimensions) {
            let input = self.program.inputs.iter().position(|(input, ..)| *input == name).ok_or(error)?;
            self.program.syms.insert(sym, SymSource::Input { input, axis });
        }
        p.expect("{")?;
        while !p.eat("}") {
            self.block(p)?;
        }
        let count = self.program.blocks.len();
        let edges = self.program.blocks.iter().flat_map(|block| block.end.edges());
        match edges.map(|edge| edge.block).find(|&block| block >= count) {
            Some(block) => Err(p.error(format!("there is no block ^{block}"))),
            None => Ok(()),
        }
    }

    /// Blocks are numbered in order.
    fn block(&mut self, p: &mut Parser) -> Result<(), ParseError> {
        let index = self.program.blocks.len();
        let start = p.error(format!("the block ^{index} is expected here, not {}", p.peek()));
        if self.label(p)? != index {
            return Err(start);
        }
        p.expect("(")?;
        let mut params = p.list(")", |p| self.typed(p))?;
        if index == 0 {
            params = self.program.inputs.iter().map(|(_, _, var)| *var).collect();
        }
        p.expect(":")?;
        let mut instrs = Vec::new();
        loop {
            if let Some(end) = self.end(p)? {
                let loc = p.place(&mut self.program.files);
                self.program.blocks.push(HostBlock { params, instrs, end, loc });
                return Ok(());
            }
            instrs.push(self.instruction(p)?);
        }
    }

    fn instruction(&mut self, p: &mut Parser) -> Result<Instr, ParseError> {
        let mut results = Vec::new();
        while !p.is_instruction() {
            if !results.is_empty() {
                p.expect(",")?;
            }
            results.push(self.typed(p)?);
            if p.eat("=") {
                break;
            }
        }
        let start = p.error(String::new());
        let at = |message: String| ParseError { message, ..start.clone() };
        let one = |results: &[VarId]| match results {
            [result] => Ok(*result),
            _ => Err(at("this has one result".to_string())),
        };
        match p.word("an instruction")?.as_str() {
            "call" => {
                let name = p.global()?;
                let subnet =
                    *self.subnets.get(&name).ok_or_else(|| at(format!("there is no subnet @{name}")))?;
                let dims = if p.eat("[") { p.list("]", Parser::dim)? } else { vec![] };
                let args = self.args(p)?;
                Ok(Instr::Call { subnet, args, dims, results, loc: self.place(p) })
            }
            "library" => {
                let name = p.word("an operator")?;
                let spec =
                    crate::ops::find(&name).ok_or_else(|| at(format!("there is no operator `{name}`")))?;
                let args = self.args(p)?;
                let attrs = spec.complete(p.attrs(spec)?).map_err(|e| at(format!("{name}: {e}")))?;
                Ok(Instr::Library { spec, attrs, args, results, loc: self.place(p) })
            }
            "compute" => Ok(Instr::Compute { result: one(&results)?, term: p.term()? }),
            "load" => Ok(Instr::Load { result: one(&results)?, from: self.arg(p)? }),
            "require" => {
                let condition = p.term()?;
                p.expect(":")?;
                let message = p.string()?;
                p.expect("(")?;
                let values = p.list(")", Parser::dim)?;
                Ok(Instr::Check { condition, message, values, loc: self.place(p) })
            }
            "store" => Ok(Instr::Store { result: one(&results)?, from: self.var(p)? }),
            other => Err(at(format!("there is no instruction `{other}`"))),
        }
    }

    fn place(&mut self, p: &Parser) -> Loc {
        p.place(&mut self.program.files)
    }

    /// Reads how a block ends, if that is next.
    fn end(&mut self, p: &mut Parser) -> Result<Option<HostEnd>, ParseError> {
        Ok(Some(if p.eat_word("jump") {
            HostEnd::Jump(self.edge(p)?)
        } else if p.eat_word("br") {
            let condition = self.var(p)?;
            p.expect(",")?;
            let yes = self.edge(p)?;
            p.expect(",")?;
            HostEnd::Branch { condition, yes, no: self.edge(p)? }
        } else if p.eat_word("return") {
            HostEnd::Return(self.args(p)?)
        } else if p.eat_word("fail") {
            HostEnd::Fail { message: p.string()?, operands: self.args(p)? }
        } else {
            return Ok(None);
        }))
    }

    fn label(&mut self, p: &mut Parser) -> Result<usize, ParseError> {
        let error = p.error(format!("a block `^number` is expected here, not {}", p.peek()));
        match p.next() {
            Token::Label(label) => label.parse().map_err(|_| error),
            _ => Err(error),
        }
    }

    fn edge(&mut self, p: &mut Parser) -> Result<HostEdge, ParseError> {
        Ok(HostEdge { block: self.label(p)?, args: self.args(p)? })
    }

    fn args(&mut self, p: &mut Parser) -> Result<Vec<Arg>, ParseError> {
        p.expect("(")?;
        p.list(")", |p| self.arg(p))
    }

    fn arg(&mut self, p: &mut Parser) -> Result<Arg, ParseError> {
        if !matches!(p.peek(), Token::Global(_)) {
            return self.var(p).map(Arg::Var);
        }
        let error = p.error(format!("there is no weight {}", p.peek()));
        let name = p.global()?;
        self.weights.get(&name).map(|id| Arg::Weight(*id)).ok_or(error)
    }

    /// `v7`
    fn var(&mut self, p: &mut Parser) -> Result<VarId, ParseError> {
        let error = p.error(format!("a variable `v7` is expected here, not {}", p.peek()));
        let name = p.word("a variable `v7`")?;
        let number = name.strip_prefix('v').and_then(|number| number.parse::<usize>().ok());
        let number = number.filter(|&number| number < VARS_MAX).ok_or(error)?;
        if number >= self.program.vars.len() {
            // What the text never defines has no type; the verifier refuses its use.
            self.program.vars.resize(number + 1, Var::Int);
        }
        Ok(VarId(number as u32))
    }

    /// `v7: type`, where a variable is assigned.
    fn typed(&mut self, p: &mut Parser) -> Result<VarId, ParseError> {
        let var = self.var(p)?;
        p.expect(":")?;
        let kind = if p.eat_word("int") {
            Var::Int
        } else if p.is_register_bool() {
            p.dtype()?;
            Var::Bool
        } else {
            Var::of(p.ty()?)
        };
        self.program.vars[var.index()] = kind;
        Ok(var)
    }
}

impl Parser {
    /// Whether an instruction without results is next.
    fn is_instruction(&self) -> bool {
        matches!(self.peek(), Token::Word(word) if ["call", "library", "compute", "load", "store", "require"].contains(&word.as_str()))
    }
}
