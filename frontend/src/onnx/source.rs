//! A model as Python source text over the prelude `onnx`.
//!
//! Each node is a line or a few, so a line leads back to its node. Names are made anew, since those of a model may be
//! any text; constants become names of the module; graphs inside of control flow are blocks of the same function.

use super::attribute;
use super::graph::Body;
use super::inputs::{Input, InputKind};
use super::proto::{Attribute, AttributeType, Function, Graph, Model, Node, OperatorSetId, Tensor};
use super::table::{self, To};
use super::tensor::{self, Held};
use braid_ir::DType;
use prost::Message;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// A model's text.
pub struct Text {
    /// Python source that defines `main`, whose parameters are the program's inputs, in order, and whose result is a tuple of its outputs.
    pub text: String,
    /// The node that each line belongs to, from line 1 on: what a person is told of it. Empty for lines of no node.
    pub nodes: Vec<String>,
    /// Names that the module must hold before the text is run, with the tensors and the names that they have in the model.
    pub constants: Vec<(String, braid_ir::Tensor, String)>,
}

/// What is wrong with a model.
pub struct Refusal {
    /// The node, as a person is told of it; empty if it is none.
    pub node: String,
    /// Why.
    pub why: String,
}

impl From<String> for Refusal {
    fn from(why: String) -> Refusal {
        Refusal { node: String::new(), why }
    }
}

/// What a person is told of a node.
fn label(node: &Node) -> String {
    let name = [&node.name].into_iter().chain(&node.output).find(|name| !name.is_empty());
    // A name with control characters would move a terminal's cursor.
    let shown: String =
        name.map_or("", String::as_str).chars().filter(|c| !c.is_control()).take(200).collect();
    format!("node \"{shown}\" ({})", node.op_type)
}

/// The text of a model. `inputs` are those of the graph's inputs that the program takes; its others are constants.
///
/// # Errors
/// What is wrong with it, with the node.
pub fn write(model: &Model, graph: &Graph, inputs: &[Input], folder: Option<&Path>) -> Result<Text, Refusal> {
    let mut own = HashMap::new();
    for function in &model.functions {
        if own.insert(key(function), function).is_some() {
            return Err(
                format!("there are two functions {} of one domain and overload", function.name).into()
            );
        }
    }
    let mut writer = Writer {
        own,
        folder,
        opsets: Opsets::new(&model.opset_import)?,
        scopes: Vec::new(),
        parameters: HashMap::new(),
        lines: Vec::new(),
        indent: 1,
        node: String::new(),
        counter: 0,
        constants: Vec::new(),
        shown: HashSet::new(),
        head: Vec::new(),
        imports: BTreeSet::new(),
        functions: HashMap::new(),
        calls: Vec::new(),
        done: Vec::new(),
        count: 0,
    };
    writer.scopes.push(HashMap::new());
    let mut parameters = Vec::new();
    for input in inputs {
        let name = writer.bind(input.name);
        match input.kind {
            InputKind::Tensor(_) | InputKind::List(_) => {}
            InputKind::Coded(_, number) => writer.line(format!("{name} = Coded({name}, {number})")),
            InputKind::OptionalTensor(_) => {
                writer.line(format!("{name} = {name}[0] if len({name}) > 0 else None"))
            }
            InputKind::OptionalList(_) => {
                let given = writer.fresh();
                writer.line(format!("{name} = {name} if truth({given}) else None"));
                parameters.push(given);
            }
        }
        parameters.push(name);
    }
    let names: Vec<&str> = inputs.iter().map(|input| input.name).collect();
    let outputs = writer.graph(graph, &names)?;
    writer.line(format!("return ({})", outputs.iter().map(|o| format!("output({o}), ")).collect::<String>()));
    let main = Line { node: String::new(), text: format!("def main({}):", parameters.join(", ")) };
    Ok(writer.finish(main))
}

/// A line of the text.
pub(super) struct Line {
    node: String,
    text: String,
}

/// Versions of the operator sets in use.
struct Opsets(HashMap<String, i64>);

impl Opsets {
    fn new(imports: &[OperatorSetId]) -> Result<Opsets, Refusal> {
        let mut versions = HashMap::new();
        for import in imports {
            let domain = domain(&import.domain);
            if domain.is_empty() && !(table::OLDEST..=table::NEWEST).contains(&import.version) {
                let (version, oldest, newest) = (import.version, table::OLDEST, table::NEWEST);
                let why =
                    format!("operator set {version} is not supported: versions {oldest} to {newest} are");
                return Err(why.into());
            }
            versions.insert(domain.to_string(), import.version);
        }
        Ok(Opsets(versions))
    }

    fn version(&self, domain: &str) -> Option<i64> {
        self.0.get(domain).copied()
    }
}

/// A domain by its one name.
fn domain(name: &str) -> &str {
    if name == "ai.onnx" { "" } else { name }
}

/// Words that Python has for itself: no attribute can be written as an argument of such a name, and none of the operators'
/// has one.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Nodes in all, functions counted each time that they are written out: beyond it a model is taken for hostile.
const NODES_MAX: usize = 1_000_000;

/// What names a function of the model's own: domain, name and overload.
type Key<'a> = (&'a str, &'a str, &'a str);

fn key(function: &Function) -> Key<'_> {
    (domain(&function.domain), &function.name, &function.overload)
}

pub(super) struct Writer<'a> {
    /// The model's own functions.
    own: HashMap<Key<'a>, &'a Function>,
    pub(super) folder: Option<&'a Path>,
    opsets: Opsets,
    /// Names in sight, innermost scope last.
    pub(super) scopes: Vec<HashMap<&'a str, String>>,
    /// Attributes of the function that is being written.
    parameters: HashMap<String, Attribute>,
    lines: Vec<Line>,
    indent: usize,
    /// The node that is being written.
    node: String,
    counter: usize,
    constants: Vec<(String, braid_ir::Tensor, String)>,
    /// Names of constants in the model that are taken.
    shown: HashSet<String>,
    /// Lines before all functions.
    head: Vec<String>,
    imports: BTreeSet<&'static str>,
    /// Functions written out, by domain, name, overload and attributes.
    functions: HashMap<Vec<u8>, String>,
    /// Functions that are being written.
    calls: Vec<Key<'a>>,
    /// Lines of finished functions.
    done: Vec<Line>,
    count: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        let text = format!("{:indent$}{}", "", text.as_ref(), indent = self.indent);
        self.lines.push(Line { node: self.node.clone(), text });
    }

    /// Writes lines one step further in.
    pub(super) fn block<T>(&mut self, head: String, work: impl FnOnce(&mut Self) -> T) -> T {
        self.line(head);
        self.indent += 1;
        let result = work(self);
        self.indent -= 1;
        result
    }

    /// A new Python name.
    pub(super) fn fresh(&mut self) -> String {
        self.counter += 1;
        format!("v{}", self.counter)
    }

    /// A new Python name for a name of the model.
    pub(super) fn bind(&mut self, name: &'a str) -> String {
        let fresh = self.fresh();
        self.bind_to(name, fresh.clone());
        fresh
    }

    pub(super) fn bind_to(&mut self, name: &'a str, python: String) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, python);
        }
    }

    pub(super) fn refusal(&self, why: impl Into<String>) -> Refusal {
        Refusal { node: self.node.clone(), why: why.into() }
    }

    /// The Python name of an input; `None` for one that is left out.
    pub(super) fn input(&self, name: &str) -> Result<String, Refusal> {
        if name.is_empty() {
            return Ok("None".to_string());
        }
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        found.cloned().ok_or_else(|| {
            self.refusal(format!(
                "its input `{name}` is no result of another node, no input and no initialiser"
            ))
        })
    }

    /// The inputs of a node as Python names.
    pub(super) fn inputs(&self, node: &Node) -> Result<Vec<String>, Refusal> {
        node.input.iter().map(|name| self.input(name)).collect()
    }

    /// A graph in a scope of its own, as lines of the current block: `inputs` of its inputs are bound already in the
    /// scope that the caller has pushed. Gives its outputs.
    pub(super) fn graph(&mut self, graph: &'a Graph, inputs: &[&str]) -> Result<Vec<String>, Refusal> {
        for constant in &graph.initializer {
            if !inputs.contains(&constant.name.as_str()) {
                let name = self.constant(constant, &constant.name)?;
                self.define(&constant.name, name)?;
            }
        }
        for sparse in &graph.sparse_initializer {
            let values =
                sparse.values.as_ref().ok_or_else(|| self.refusal("a sparse initialiser has no values"))?;
            let dense = tensor::read_sparse(sparse, self.folder);
            let dense = dense.map_err(|why| self.refusal(format!("initialiser `{}`: {why}", values.name)))?;
            let name = self.bound(dense, values.data_type, &values.name);
            self.define(&values.name, name)?;
        }
        self.body(&Body::of_graph(graph))
    }

    fn define(&mut self, name: &'a str, python: String) -> Result<(), Refusal> {
        let scope = self.scopes.last_mut();
        if scope.is_some_and(|scope| scope.insert(name, python).is_some()) {
            return Err(self.refusal(format!("there are two initialisers `{name}`")));
        }
        Ok(())
    }

    fn body(&mut self, body: &Body<'a>) -> Result<Vec<String>, Refusal> {
        let order = body.order().map_err(|(node, why)| Refusal { node: label(node), why })?;
        let outer = self.node.clone();
        for node in order {
            self.node = label(node);
            self.count += 1;
            if self.count > NODES_MAX {
                return Err(self.refusal(format!(
                    "the model has more than {NODES_MAX} nodes, counting calls of functions"
                )));
            }
            self.node(node)?;
        }
        self.node = outer;
        let missing = |name: &str| format!("the graph's output `{name}` is made by no node");
        body.outputs
            .iter()
            .map(|&name| self.input(name).map_err(|refusal| Refusal { why: missing(name), ..refusal }))
            .collect()
    }

    fn node(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let domain = domain(&node.domain);
        if let Some(&function) = self.own.get(&(domain, node.op_type.as_str(), node.overload.as_str())) {
            return self.call(node, function);
        }
        let Some(version) = self.opsets.version(domain) else {
            let shown = if domain.is_empty() { "ai.onnx" } else { domain };
            return Err(self.refusal(format!("the model imports no version of its operator set `{shown}`")));
        };
        match table::find(domain, &node.op_type, version) {
            Some(To::Prelude(function)) => self.operator(node, function, None),
            Some(To::Counted(function)) => self.operator(node, function, Some(node.output.len())),
            Some(To::Control(control)) => self.control(node, control),
            Some(To::Refused(why)) => Err(self.refusal(format!("this operator is not supported: {why}"))),
            None if table::has_domain(domain) => {
                Err(self.refusal(format!("there is no such operator in version {version} of its set")))
            }
            None => Err(self.refusal(format!(
                "operators of `{domain}` are not supported, and the model has no function of this name"
            ))),
        }
    }

    /// A line that calls a function of the prelude.
    fn operator(
        &mut self,
        node: &'a Node,
        function: &'static str,
        outputs: Option<usize>,
    ) -> Result<(), Refusal> {
        self.imports.insert(function);
        let mut args = self.inputs(node)?;
        for attribute in &node.attribute {
            if let Some(literal) = self.attribute(attribute)? {
                args.push(format!("{}={literal}", attribute.name));
            }
        }
        args.extend(outputs.map(|n| format!("outputs={n}")));
        let (_, name) = function.rsplit_once('.').unwrap_or(("", function));
        self.assign(node, &format!("{name}({})", args.join(", ")));
        Ok(())
    }

    /// A line that binds a node's outputs to the results of an expression.
    pub(super) fn assign(&mut self, node: &'a Node, expression: &str) {
        // Trailing ones may be left out by an empty name.
        let wanted = node.output.iter().rposition(|output| !output.is_empty()).map_or(0, |last| last + 1);
        let names: Vec<String> = node.output[..wanted]
            .iter()
            .map(|output| if output.is_empty() { "_".to_string() } else { self.bind(output) })
            .collect();
        match &names[..] {
            [] => self.line(expression),
            [one] => self.line(format!("{one} = first({expression})")),
            several => {
                self.line(format!("{} = results({expression}, {})", several.join(", "), several.len()))
            }
        }
    }

    /// The attribute, by what a function's caller gave for it if it refers to that; `None` if that is nothing.
    pub(super) fn resolved(&self, attribute: &'a Attribute) -> Option<Attribute> {
        if attribute.ref_attr_name.is_empty() {
            return Some(attribute.clone());
        }
        let given = self.parameters.get(&attribute.ref_attr_name)?;
        Some(Attribute { name: attribute.name.clone(), ..given.clone() })
    }

    /// An attribute as a Python literal; `None` if it is not given or says nothing to operators.
    fn attribute(&mut self, attribute: &'a Attribute) -> Result<Option<String>, Refusal> {
        let Some(given) = self.resolved(attribute) else { return Ok(None) };
        let name = &given.name;
        if name.is_empty()
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            || KEYWORDS.contains(&name.as_str())
        {
            return Err(self.refusal(format!("`{name}` is no name of an attribute")));
        }
        let text = |bytes: &[u8]| {
            attribute::string(bytes).map_err(|why| self.refusal(format!("attribute {name}: {why}")))
        };
        Ok(Some(match attribute::type_of(&given) {
            AttributeType::Float => attribute::float(given.f),
            AttributeType::Int => given.i.to_string(),
            AttributeType::String => text(&given.s)?,
            AttributeType::Floats => {
                attribute::list(given.floats.iter().map(|&value| attribute::float(value)))
            }
            AttributeType::Ints => attribute::list(given.ints.iter().map(i64::to_string)),
            AttributeType::Strings => {
                attribute::list(given.strings.iter().map(|bytes| text(bytes)).collect::<Result<Vec<_>, _>>()?)
            }
            AttributeType::Tensor => {
                let tensor = given
                    .t
                    .as_ref()
                    .ok_or_else(|| self.refusal(format!("attribute {name} has no tensor")))?;
                self.constant(tensor, name)?
            }
            AttributeType::Tensors => {
                let tensors: Result<Vec<_>, _> =
                    given.tensors.iter().map(|t| self.constant(t, name)).collect();
                attribute::list(tensors?)
            }
            // The values themselves say what type they have.
            AttributeType::Type | AttributeType::Types => return Ok(None),
            AttributeType::Graph | AttributeType::Graphs => {
                return Err(
                    self.refusal(format!("attribute {name} is a graph, which this operator does not take"))
                );
            }
            AttributeType::SparseTensor | AttributeType::SparseTensors | AttributeType::Undefined => {
                return Err(self.refusal(format!("attribute {name} is of a type that is not supported")));
            }
        }))
    }

    /// A constant as a name of the module.
    pub(super) fn constant(&mut self, tensor: &Tensor, shown: &str) -> Result<String, Refusal> {
        let read = tensor::read(tensor, self.folder);
        let dense = read.map_err(|why| self.refusal(format!("tensor `{shown}`: {why}")))?;
        Ok(self.bound(dense, tensor.data_type, shown))
    }

    /// A tensor as a name of the module. Small integers are `Ints`, which stay known.
    pub(super) fn bound(&mut self, tensor: braid_ir::Tensor, number: i32, shown: &str) -> String {
        let name = self.fresh();
        let coded = matches!(tensor::held(number), Ok(Held::Coded(_)));
        let small = tensor.rank() <= 1 && tensor.len() <= INTS_MAX;
        if small && !coded && matches!(tensor.dtype(), DType::I64 | DType::I32 | DType::Bool) {
            let literal = |element: braid_ir::Scalar| match element {
                braid_ir::Scalar::Bool(true) => "True".to_string(),
                braid_ir::Scalar::Bool(false) => "False".to_string(),
                other => other.to_string(),
            };
            let values = attribute::list(tensor.scalars().map(literal));
            self.head.push(format!("{name} = Ints({values}, {}, \"{}\")", tensor.rank(), tensor.dtype()));
            return name;
        }
        if coded {
            self.head.push(format!("{name} = Coded({name}, {number})"));
        }
        // Names of graphs inside of others and of attributes may repeat.
        let mut unique = shown.to_string();
        while !self.shown.insert(unique.clone()) {
            unique = format!("{shown}.{name}");
        }
        self.constants.push((name.clone(), tensor, unique));
        name
    }

    /// A call of one of the model's own functions, which is written out once for each set of attributes.
    fn call(&mut self, node: &'a Node, function: &'a Function) -> Result<(), Refusal> {
        let key = key(function);
        if self.calls.contains(&key) {
            return Err(self.refusal(format!(
                "the function {} calls itself, by way of others or directly",
                function.name
            )));
        }
        if node.input.len() > function.input.len() || node.output.len() > function.output.len() {
            return Err(self.refusal(format!(
                "it has {} inputs and {} outputs, but the function {} has {} and {}",
                node.input.len(),
                node.output.len(),
                function.name,
                function.input.len(),
                function.output.len()
            )));
        }
        let mut given: HashMap<String, Attribute> = HashMap::new();
        for attribute in function.attribute_proto.iter().filter(|default| default.ref_attr_name.is_empty()) {
            given.insert(attribute.name.clone(), attribute.clone());
        }
        for attribute in node.attribute.iter().filter_map(|attribute| self.resolved(attribute)) {
            if super::graph::graphs(&attribute).next().is_some() {
                return Err(self.refusal("a graph as an attribute of a function is not supported"));
            }
            given.insert(attribute.name.clone(), attribute);
        }
        let args = self.inputs(node)?;
        let name = self.function(key, function, given)?;
        self.assign(node, &format!("{name}({})", args.join(", ")));
        Ok(())
    }

    /// The Python function for a function of the model with these attributes.
    fn function(
        &mut self,
        key: Key<'a>,
        function: &'a Function,
        given: HashMap<String, Attribute>,
    ) -> Result<String, Refusal> {
        let mut sorted: Vec<&Attribute> = given.values().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        let mut bytes = format!("{:?}", key).into_bytes();
        sorted.iter().for_each(|attribute| bytes.extend(attribute.encode_length_delimited_to_vec()));
        if let Some(name) = self.functions.get(&bytes) {
            return Ok(name.clone());
        }
        let name = format!("f{}", self.fresh());
        let opsets = Opsets::new(&function.opset_import)?;
        let outer_opsets = std::mem::replace(&mut self.opsets, opsets);
        let outer_lines = std::mem::take(&mut self.lines);
        let outer_scopes = std::mem::replace(&mut self.scopes, vec![HashMap::new()]);
        let outer_parameters = std::mem::replace(&mut self.parameters, given);
        let (outer_indent, outer_node) = (self.indent, self.node.clone());
        self.indent = 1;
        self.calls.push(key);
        let parameters: Vec<String> =
            function.input.iter().map(|input| format!("{}=None", self.bind(input))).collect();
        let outputs = self.body(&Body::of_function(function))?;
        self.line(format!("return ({})", outputs.iter().map(|o| format!("{o}, ")).collect::<String>()));
        self.calls.pop();
        self.opsets = outer_opsets;
        self.scopes = outer_scopes;
        self.parameters = outer_parameters;
        (self.indent, self.node) = (outer_indent, outer_node);
        let lines = std::mem::replace(&mut self.lines, outer_lines);
        self.done.push(Line { node: String::new(), text: format!("def {name}({}):", parameters.join(", ")) });
        self.done.extend(lines);
        self.functions.insert(bytes, name.clone());
        Ok(name)
    }

    fn finish(self, main: Line) -> Text {
        let plain = |text: String| Line { node: String::new(), text };
        let imports = self.imports.iter().filter_map(|function| function.rsplit_once('.'));
        let imports = imports.map(|(module, name)| plain(format!("from onnx.{module} import {name}")));
        let fixed = ["from onnx._graph import *".to_string()];
        let lines: Vec<Line> = (fixed.into_iter().map(plain))
            .chain(imports)
            .chain(self.head.into_iter().map(plain))
            .chain(self.done)
            .chain([main])
            .chain(self.lines)
            .collect();
        Text {
            text: lines.iter().map(|line| format!("{}\n", line.text)).collect(),
            nodes: lines.into_iter().map(|line| line.node).collect(),
            constants: self.constants,
        }
    }
}

/// As in the prelude's `_values.py`: so many elements are traced one by one.
const INTS_MAX: usize = 64;
