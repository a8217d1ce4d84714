//! Text into nets.

use super::ParseError;
use super::lex::{Token, lex};
use crate::dtype::{DType, Scalar};
use crate::net::*;
use crate::ops::attrs::{Attr, AttrKind, Attrs};
use crate::ops::{Infer, OpSpec};
use crate::tensor::Tensor;
use crate::term::{Sym, Term};
use crate::types::{TensorType, Type};
use std::collections::HashMap;
use std::sync::Arc;

/// Reads a net. What it means is not checked here beyond what building it needs; run the verifier.
///
/// # Errors
/// The first place that cannot be read.
pub fn parse_net(text: &str) -> Result<Net, ParseError> {
    let mut parser = Parser::new(text)?;
    let net = net(&mut parser)?;
    parser.expect_end()?;
    Ok(net)
}

/// Reads the net that is next.
pub(super) fn net(p: &mut Parser) -> Result<Net, ParseError> {
    NetParser { net: Net::new(""), values: HashMap::new(), labels: HashMap::new(), jumps: vec![] }.net(p)
}

/// Tensors in text have at most this many elements, so that a typing error does not ask for all memory.
const ELEMENTS_MAX: usize = 1 << 31;

/// A cursor over tokens.
pub(super) struct Parser {
    tokens: Vec<(Token, usize, usize)>,
    at: usize,
    /// How deep the term being read is nested.
    pub(super) depth: usize,
}

impl Parser {
    pub(super) fn new(text: &str) -> Result<Parser, ParseError> {
        Ok(Parser { tokens: lex(text)?, at: 0, depth: 0 })
    }

    /// The next token that is not a place.
    fn position(&self) -> usize {
        let rest = self.tokens[self.at..].iter();
        self.at + rest.take_while(|(token, ..)| matches!(token, Token::Place(..))).count()
    }

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.position()].0
    }

    /// Whether `:` and an element type come next.
    pub(super) fn is_typed(&self) -> bool {
        let mut rest = self.tokens[self.position()..].iter().map(|(token, ..)| token);
        let dtype = |t: &Token| matches!(t, Token::Word(w) if DType::from_name(w).is_some());
        rest.next() == Some(&Token::Punct(":")) && rest.next().is_some_and(dtype)
    }

    /// Whether `bool` comes next without dimensions behind it.
    pub(super) fn is_register_bool(&self) -> bool {
        let mut rest = self.tokens[self.position()..].iter().map(|(token, ..)| token);
        let bool = |t: &Token| matches!(t, Token::Word(w) if w == "bool");
        rest.next().is_some_and(bool) && rest.next() != Some(&Token::Punct("["))
    }

    pub(super) fn next(&mut self) -> Token {
        let at = self.position();
        let token = self.tokens[at].0.clone();
        self.at = (at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn error(&self, message: String) -> ParseError {
        let (_, line, col) = self.tokens[self.position()];
        ParseError { line, col, message }
    }

    pub(super) fn eat(&mut self, punct: &str) -> bool {
        let found = matches!(self.peek(), Token::Punct(p) if *p == punct);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(w) if w == word);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, punct: &str) -> Result<(), ParseError> {
        if self.eat(punct) {
            Ok(())
        } else {
            Err(self.error(format!("`{punct}` is expected here, not {}", self.peek())))
        }
    }

    pub(super) fn expect_end(&self) -> Result<(), ParseError> {
        match self.peek() {
            Token::End => Ok(()),
            other => Err(self.error(format!("the end is expected here, not {other}"))),
        }
    }

    /// Items separated by commas up to `close`, which is consumed.
    pub(super) fn list<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Parser) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ParseError> {
        let mut items = Vec::new();
        while !self.eat(close) {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(super) fn word(&mut self, what: &str) -> Result<String, ParseError> {
        match self.peek().clone() {
            Token::Word(word) => {
                self.next();
                Ok(word)
            }
            other => Err(self.error(format!("{what} is expected here, not {other}"))),
        }
    }

    pub(super) fn string(&mut self) -> Result<String, ParseError> {
        match self.peek().clone() {
            Token::Str(text) => {
                self.next();
                Ok(text)
            }
            other => Err(self.error(format!("a string is expected here, not {other}"))),
        }
    }

    pub(super) fn global(&mut self) -> Result<String, ParseError> {
        match self.peek().clone() {
            Token::Global(name) => {
                self.next();
                Ok(name)
            }
            other => Err(self.error(format!("`@name` is expected here, not {other}"))),
        }
    }

    pub(super) fn integer(&mut self) -> Result<i64, ParseError> {
        let text = self.element_text()?;
        text.parse().map_err(|_| self.error(format!("an integer is expected here, not `{text}`")))
    }

    fn float(&mut self) -> Result<f64, ParseError> {
        let text = self.element_text()?;
        text.parse().map_err(|_| self.error(format!("a number is expected here, not `{text}`")))
    }

    pub(super) fn dtype(&mut self) -> Result<DType, ParseError> {
        let name = self.word("an element type")?;
        DType::from_name(&name).ok_or_else(|| self.error(format!("`{name}` is not an element type")))
    }

    pub(super) fn dim(&mut self) -> Result<Term, ParseError> {
        let term = self.term()?;
        if term.dtype() == DType::I64 {
            Ok(term)
        } else {
            Err(self.error(format!("{term} is not an integer")))
        }
    }

    pub(super) fn ty(&mut self) -> Result<Type, ParseError> {
        if self.eat_word("seq") {
            self.expect("<")?;
            let dtype = self.dtype()?;
            self.expect("[")?;
            let dims = if self.eat("*") {
                self.expect("]")?;
                None
            } else {
                Some(self.list("]", |p| if p.eat("?") { Ok(None) } else { p.dim().map(Some) })?)
            };
            self.expect(">")?;
            return Ok(Type::Seq(dtype, dims));
        }
        let dtype = self.dtype()?;
        self.expect("[")?;
        Ok(TensorType::new(dtype, self.list("]", Parser::dim)?).into())
    }

    pub(super) fn fixed_ty(&mut self) -> Result<(DType, Vec<usize>), ParseError> {
        let Type::Tensor(ty) = self.ty()? else { return Err(self.error("a tensor type is expected".into())) };
        let shape = ty.fixed_shape().ok_or_else(|| self.error(format!("{ty} must have fixed dimensions")))?;
        let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        match count.filter(|&n| n <= ELEMENTS_MAX) {
            Some(_) => Ok((ty.dtype, shape)),
            None => Err(self.error(format!("{ty} is too large"))),
        }
    }

    /// The elements of a tensor; `name` seeds what is elided.
    pub(super) fn contents(
        &mut self,
        dtype: DType,
        shape: Vec<usize>,
        name: &str,
    ) -> Result<Tensor, ParseError> {
        let count: usize = shape.iter().product();
        if self.eat_word("dense") {
            self.expect("[")?;
            let elements = self.list("]", |p| {
                let text = p.element_text()?;
                p.element(&text, dtype)
            })?;
            if elements.len() != count {
                return Err(self.error(format!("{count} elements are expected, not {}", elements.len())));
            }
            return Ok(Tensor::from_fn(dtype, shape, |i| elements[i]));
        }
        if self.eat_word("splat") {
            let text = self.element_text()?;
            let element = self.element(&text, dtype)?;
            return Ok(Tensor::from_fn(dtype, shape, |_| element));
        }
        let seed = if self.eat_word("random") {
            self.expect("(")?;
            let seed = self.integer()?;
            self.expect(")")?;
            seed as u64
        } else if self.eat_word("elided") {
            name.bytes().fold(0, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()))
        } else {
            let message =
                format!("`dense`, `splat`, `random` or `elided` is expected here, not {}", self.peek());
            return Err(self.error(message));
        };
        Ok(pseudo_random(dtype, shape, seed))
    }

    fn attr(&mut self, kind: AttrKind) -> Result<Attr, ParseError> {
        Ok(match kind {
            AttrKind::Bool => match self.word("`true` or `false`")?.as_str() {
                "true" => Attr::Bool(true),
                "false" => Attr::Bool(false),
                other => return Err(self.error(format!("`true` or `false` is expected, not `{other}`"))),
            },
            AttrKind::Int => Attr::Int(self.integer()?),
            AttrKind::Ints => {
                self.expect("[")?;
                Attr::Ints(self.list("]", Parser::integer)?)
            }
            AttrKind::Float => Attr::Float(self.float()?),
            AttrKind::Floats => {
                self.expect("[")?;
                Attr::Floats(self.list("]", Parser::float)?)
            }
            AttrKind::Str => Attr::Str(self.string()?),
            AttrKind::DType => Attr::DType(self.dtype()?),
            AttrKind::Scalar => {
                let text = self.element_text()?;
                let dtype = match text.as_str() {
                    "true" | "false" => DType::Bool,
                    _ => {
                        self.expect(":")?;
                        self.dtype()?
                    }
                };
                Attr::Scalar(self.element(&text, dtype)?)
            }
            AttrKind::Term => Attr::Term(self.term()?),
            AttrKind::Terms => {
                self.expect("[")?;
                Attr::Terms(self.list("]", Parser::dim)?)
            }
            AttrKind::Tensor => {
                let (dtype, shape) = self.fixed_ty()?;
                Attr::Tensor(Arc::new(self.contents(dtype, shape, "")?))
            }
        })
    }
}

/// Small elements from a seed (the splitmix64 generator): floats in [-0.5, 0.5), integers in 0..8.
fn pseudo_random(dtype: DType, shape: Vec<usize>, mut seed: u64) -> Tensor {
    Tensor::from_fn(dtype, shape, |_| {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = (z ^ (z >> 31)) >> 40;
        match dtype {
            DType::Bool => Scalar::Bool(bits & 1 == 1),
            float if float.is_float() => Scalar::from_f64(float, bits as f64 / (1u64 << 24) as f64 - 0.5),
            int => Scalar::from_int(int, (bits & 7) as i128),
        }
    })
}

/// The net being read.
struct NetParser {
    net: Net,
    /// Values by name, with their sigil.
    values: HashMap<String, ValueId>,
    labels: HashMap<String, BlockId>,
    /// Edges whose label is looked up at the end: block, which edge, label, and where it stands.
    jumps: Vec<(BlockId, usize, String, ParseError)>,
}

impl NetParser {
    fn net(mut self, p: &mut Parser) -> Result<Net, ParseError> {
        if !p.eat_word("net") {
            return Err(p.error(format!("`net` is expected here, not {}", p.peek())));
        }
        self.net.name = p.global()?;
        p.expect("(")?;
        for (name, syms, ty) in p.list(")", Parser::binding)? {
            let Type::Tensor(ty) = ty else { return Err(p.error(format!("input %{name} must be a tensor"))) };
            let value = self.net.add_input(&name, ty);
            self.define(p, name, value, &syms)?;
        }
        p.expect("{")?;
        loop {
            if p.eat_word("weight") {
                let name = p.global()?;
                p.expect(":")?;
                let (dtype, shape) = p.fixed_ty()?;
                p.expect("=")?;
                let data = p.contents(dtype, shape, &name)?;
                let value = self.net.add_weight(&name, Arc::new(data));
                if self.values.insert(format!("@{name}"), value).is_some() {
                    return Err(p.error(format!("@{name} is defined twice")));
                }
            } else if let Some(guard) = p.guard(&mut self.net.files)? {
                self.net.guards.push(guard);
            } else {
                break;
            }
        }
        let mut first = true;
        while !p.eat("}") {
            self.block(p, first)?;
            first = false;
        }
        if first {
            return Err(p.error("a net has at least one block".to_string()));
        }
        for (block, index, label, error) in std::mem::take(&mut self.jumps) {
            let Some(&to) = self.labels.get(&label) else { return Err(error) };
            self.net.block_mut(block).end.edges_mut()[index].block = to;
        }
        Ok(self.net)
    }

    fn define(
        &mut self,
        p: &Parser,
        name: String,
        value: ValueId,
        syms: &[String],
    ) -> Result<(), ParseError> {
        for sym in syms {
            if self.net.tensor_ty(value) != Some(&TensorType::scalar(DType::I64)) {
                return Err(p.error(format!("the symbol {sym} must stand for an i64[] value")));
            }
            if self.net.syms.insert(Sym::named(sym), SymDef::Value(value)).is_some() {
                return Err(p.error(format!("the symbol {sym} is defined twice")));
            }
        }
        match self.values.insert(format!("%{name}"), value) {
            Some(_) => Err(p.error(format!("%{name} is defined twice"))),
            None => Ok(()),
        }
    }

    fn block(&mut self, p: &mut Parser, first: bool) -> Result<(), ParseError> {
        let Token::Label(label) = p.peek().clone() else {
            return Err(p.error(format!("a block `^name:` is expected here, not {}", p.peek())));
        };
        let block = if first { Net::ENTRY } else { self.net.add_block(Loc::default()) };
        if self.labels.insert(label.clone(), block).is_some() {
            return Err(p.error(format!("^{label} is defined twice")));
        }
        p.next();
        if p.eat("(") {
            if first {
                return Err(p.error("the parameters of the first block are the net's".to_string()));
            }
            for (name, syms, ty) in p.list(")", Parser::binding)? {
                let value = self.net.add_param(block, ty);
                self.define(p, name, value, &syms)?;
            }
        }
        p.expect(":")?;
        while !self.terminator(p, block)? {
            self.op(p, block)?;
        }
        Ok(())
    }

    fn value(&self, p: &mut Parser) -> Result<ValueId, ParseError> {
        let name = match p.peek() {
            Token::Value(name) => format!("%{name}"),
            Token::Global(name) => format!("@{name}"),
            other => return Err(p.error(format!("a value is expected here, not {other}"))),
        };
        let value = *self
            .values
            .get(&name)
            .ok_or_else(|| p.error(format!("there is no value {name} before this")))?;
        p.next();
        Ok(value)
    }

    /// Values in parentheses, if there are parentheses.
    fn operands(&self, p: &mut Parser) -> Result<Vec<ValueId>, ParseError> {
        if p.eat("(") { p.list(")", |p| self.value(p)) } else { Ok(vec![]) }
    }

    fn edge(&mut self, p: &mut Parser, block: BlockId, index: usize) -> Result<Edge, ParseError> {
        let Token::Label(label) = p.peek().clone() else {
            return Err(p.error(format!("a block is expected here, not {}", p.peek())));
        };
        let error = p.error(format!("there is no block ^{label}"));
        p.next();
        self.jumps.push((block, index, label, error));
        Ok(Edge { block: Net::ENTRY, args: self.operands(p)? })
    }

    /// Reads a terminator if one is next.
    fn terminator(&mut self, p: &mut Parser, block: BlockId) -> Result<bool, ParseError> {
        let end = if p.eat_word("jump") {
            Terminator::Jump(self.edge(p, block, 0)?)
        } else if p.eat_word("br") {
            let condition = self.value(p)?;
            p.expect(",")?;
            let yes = self.edge(p, block, 0)?;
            p.expect(",")?;
            Terminator::Branch { condition, yes, no: self.edge(p, block, 1)? }
        } else if p.eat_word("return") {
            Terminator::Return(self.operands(p)?)
        } else if p.eat_word("fail") {
            let message = p.string()?;
            Terminator::Fail { message, operands: self.operands(p)? }
        } else if p.eat_word("open") {
            Terminator::Open
        } else {
            return Ok(false);
        };
        let loc = p.place(&mut self.net.files);
        let data = self.net.block_mut(block);
        data.end = end;
        data.loc = loc;
        Ok(true)
    }

    fn op(&mut self, p: &mut Parser, block: BlockId) -> Result<(), ParseError> {
        let mut names: Vec<(String, Vec<String>)> = Vec::new();
        while let Token::Value(name) = p.peek().clone() {
            p.next();
            names.push((name, p.syms()?));
            if !p.eat(",") {
                p.expect("=")?;
                break;
            }
        }
        let start = p.error(String::new());
        let name = p.word("an operator")?;
        let at = |message: String| ParseError { message, ..start.clone() };
        let spec = crate::ops::find(&name).ok_or_else(|| at(format!("there is no operator `{name}`")))?;
        let operands = self.operands(p)?;
        let attrs = spec.complete(p.attrs(spec)?).map_err(|e| at(format!("{name}: {e}")))?;
        let types = if p.eat(":") {
            let mut types = vec![p.ty()?];
            while p.eat(",") {
                types.push(p.ty()?);
            }
            types
        } else {
            self.inferred(spec, &operands, &attrs, &names).map_err(|e| at(format!("{name}: {e}")))?
        };
        if types.len() != names.len() {
            return Err(at(format!("{name} has {} results here and {} types", names.len(), types.len())));
        }
        let loc = p.place(&mut self.net.files);
        let results = self.net.append(block, Op { spec, operands, attrs, results: vec![], loc }, types);
        for ((name, syms), value) in names.into_iter().zip(results) {
            self.define(p, name, value, &syms)?;
        }
        Ok(())
    }

    /// The result types by the operator's row; a size that depends on the data must be given a symbol with `as`.
    fn inferred(
        &self,
        spec: &OpSpec,
        operands: &[ValueId],
        attrs: &Attrs,
        names: &[(String, Vec<String>)],
    ) -> Result<Vec<Type>, String> {
        let operands: Vec<Type> = operands.iter().map(|&v| self.net.ty(v).clone()).collect();
        let inferred = spec.infer(&Infer::new(&operands, attrs))?;
        let mut sizes = HashMap::new();
        for (index, placeholder) in &inferred.sizes {
            let sym = names.get(*index).and_then(|(_, syms)| syms.first());
            let sym =
                sym.ok_or_else(|| format!("result {index} is a size: name it with `as`, or give the types"))?;
            sizes.insert(*placeholder, Term::sym(Sym::named(sym)));
        }
        Ok(inferred.results.iter().map(|ty| ty.subst(&sizes)).collect())
    }
}

impl Parser {
    /// The place behind what was just read, if any, in a table of files.
    pub(super) fn place(&self, files: &mut Vec<String>) -> Loc {
        let Some((Token::Place(file, line, col), ..)) = self.tokens.get(self.at) else {
            return Loc::default();
        };
        let known = files.iter().position(|f| f == file);
        let index = known.unwrap_or_else(|| {
            files.push(file.clone());
            files.len() - 1
        });
        Loc { file: index as u32, line: *line, col: *col }
    }

    /// `guard condition : "reason"` or `assert …`, if one is next.
    pub(super) fn guard(&mut self, files: &mut Vec<String>) -> Result<Option<Guard>, ParseError> {
        let raises = self.eat_word("assert");
        if !raises && !self.eat_word("guard") {
            return Ok(None);
        }
        let condition = self.term()?;
        if condition.dtype() != DType::Bool {
            return Err(self.error(format!("{condition} is not a condition")));
        }
        self.expect(":")?;
        let reason = self.string()?;
        Ok(Some(Guard { condition, reason, raises, loc: self.place(files) }))
    }

    /// `as s` repeated.
    fn syms(&mut self) -> Result<Vec<String>, ParseError> {
        let mut syms = Vec::new();
        while self.eat_word("as") {
            syms.push(self.word("a symbol")?);
        }
        Ok(syms)
    }

    /// `%name as s: type`.
    fn binding(&mut self) -> Result<(String, Vec<String>, Type), ParseError> {
        let Token::Value(name) = self.peek().clone() else {
            return Err(self.error(format!("a parameter is expected here, not {}", self.peek())));
        };
        self.next();
        let syms = self.syms()?;
        self.expect(":")?;
        Ok((name, syms, self.ty()?))
    }

    /// `{name = value, …}` by the kinds that the row declares.
    pub(super) fn attrs(&mut self, spec: &OpSpec) -> Result<Attrs, ParseError> {
        let mut attrs = Attrs::default();
        if !self.eat("{") {
            return Ok(attrs);
        }
        let pairs = self.list("}", |p| {
            let start = p.error(String::new());
            let name = p.word("an attribute")?;
            let unknown =
                || ParseError { message: format!("{} has no attribute `{name}`", spec.name), ..start };
            let declared = spec.attributes.iter().find(|a| a.name == name).ok_or_else(unknown)?;
            p.expect("=")?;
            Ok((declared.name, p.attr(declared.kind)?))
        })?;
        for (name, value) in pairs {
            attrs.set(name, value);
        }
        Ok(attrs)
    }
}
