//! ONNX models.
//!
//! A model becomes Python source text (`source.rs`, `control.rs`) over a prelude that says what each operator means
//! (`frontend/prelude/onnx`), and the evaluator that traces PyTorch source traces it. So branches on data, loops that
//! data ends, lists that grow and branches whose results differ in shape or rank need nothing of their own here.

mod attribute;
mod control;
mod graph;
mod inputs;
mod outputs;
pub mod proto;
mod source;
pub mod table;
pub mod tensor;

use crate::diagnostic::{Diagnostic, Span};
use crate::options::OnnxOptions;
use crate::python::classes::LIST;
use crate::python::names::Name;
use crate::python::native::Unwind;
use crate::python::object::{Kind, SeqElement, SeqObject};
use crate::python::session::Session;
use crate::python::source::Source;
use crate::python::torch::{constant_tensor, new_tensor, tensor_value};
use crate::python::trace::{list_value, trace};
use crate::python::value::Value;
use crate::python::vm::frame::Then;
use crate::python::vm::{Limits, Mode, Vm};
use braid_ir::{Attrs, DType, Loc, Net, Scalar, TensorType, Term, ValueId};
use inputs::{Input, InputKind};
use outputs::OutputType;
use prost::Message;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The net of an ONNX model.
///
/// # Errors
/// The diagnostic to show: what is no model, what is wrong with it, or what is not supported, with the node.
pub fn compile(options: &OnnxOptions) -> Result<Net, Diagnostic> {
    let shown = options.source.display().to_string();
    if !options.source.is_file() {
        return Err(
            Diagnostic::new(format!("there is no file {shown}")).with_help("give the model's .onnx file")
        );
    }
    let bytes = std::fs::read(&options.source)
        .map_err(|error| Diagnostic::new(format!("cannot read {shown}: {error}")))?;
    let folder = match options.source.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = options.source.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let net = compile_bytes(&bytes, &shown, Some(folder), options)?;
    Ok(Net { name, ..net })
}

/// The net of a model in memory, shown as `shown` in diagnostics; `folder` is where files of its own elements are.
///
/// # Errors
/// As [`compile`].
pub fn compile_bytes(
    bytes: &[u8],
    shown: &str,
    folder: Option<&Path>,
    options: &OnnxOptions,
) -> Result<Net, Diagnostic> {
    let fail = |why: String| Diagnostic::new(format!("{shown}: {why}"));
    let model = proto::Model::decode(bytes)
        .map_err(|error| fail(format!("this is no ONNX model, or it is damaged: {error}")))?;
    let graph =
        model.graph.as_ref().ok_or_else(|| fail("this is no ONNX model: it has no graph".to_string()))?;
    let inputs = inputs::inputs(graph, &options.inputs).map_err(|diagnostic| Diagnostic {
        message: format!("{shown}: {}", diagnostic.message),
        ..diagnostic
    })?;
    let text =
        source::write(&model, graph, &inputs, folder).map_err(|refusal| match refusal.node.as_str() {
            "" => fail(refusal.why),
            node => Diagnostic::new(refusal.why).at(place(shown, node, 1)),
        })?;
    let nodes = text.nodes;
    let outputs: Vec<OutputType> = graph.output.iter().map(outputs::declared).collect();
    traced(shown, text.text, text.constants, &inputs, &outputs)
        .map(|net| with_nodes(net, shown, &nodes))
        .map_err(|diagnostic| at_nodes(diagnostic, shown, &nodes))
}

/// Traces the text.
fn traced(
    shown: &str,
    text: String,
    constants: Vec<(String, braid_ir::Tensor, String)>,
    inputs: &[Input],
    outputs: &[OutputType],
) -> Result<Net, Diagnostic> {
    let mut session = Session::new(vec![], Limits::default())?;
    session.guard(|vm| vm.import_now(Name::new("torch")))?;
    let mut globals = Vec::with_capacity(constants.len());
    for (name, tensor, in_model) in constants {
        // A number without dimensions is part of the program, as it would be of a source: it is computed with, not loaded.
        let in_model = (tensor.rank() > 0).then_some(in_model.as_str());
        globals.push((Name::new(&name), constant_tensor(&mut session.vm, Arc::new(tensor), in_model)));
    }
    let module = session.run_source(Source::new(shown, text), globals)?;
    let main = session.guard(|vm| vm.get_attr(&module, Name::new("main")))?;
    let vm = &mut session.vm;
    let mut args = Vec::with_capacity(inputs.len());
    // Lists have a length, which the program reads once all inputs are there.
    let mut lists: Vec<(usize, ValueId, Option<i64>)> = Vec::new();
    for input in inputs {
        let (name, net) = (input.name, &mut vm.net);
        match &input.kind {
            InputKind::Tensor(spec) | InputKind::Coded(spec, _) => {
                let value = net.add_input(name, TensorType::new(spec.dtype, spec.dims.clone()));
                args.push(new_tensor(vm, value));
            }
            InputKind::List(ty) => lists.push((args.len(), net.add_input(name, ty.clone()), None)),
            InputKind::OptionalTensor(ty) => {
                lists.push((args.len(), net.add_input(name, ty.clone()), Some(1)));
            }
            InputKind::OptionalList(ty) => {
                let given = net.add_input(&format!("{name}.given"), TensorType::scalar(DType::Bool));
                let list = net.add_input(name, ty.clone());
                args.push(new_tensor(vm, given));
                lists.push((args.len(), list, None));
            }
        }
        if lists.last().is_some_and(|(at, ..)| *at == args.len()) {
            args.push(Value::None);
        }
    }
    vm.state.facts = vm.net.facts();
    vm.mode = Mode::Tracing;
    for (at, list, length_max) in lists {
        match list_argument(vm, list, length_max) {
            Ok(list) => args[at] = list,
            Err(unwind) => return Err(vm.diagnostic(unwind)),
        }
    }
    let result = vm.call(main, args, vec![], Then::Sync).and_then(|()| {
        trace(vm, &mut |vm, value| {
            let Some(values) = vm.as_tuple(value).cloned() else { unreachable!("`main` returns a tuple") };
            let outputs: Result<Vec<_>, _> =
                values.iter().zip(outputs).map(|(value, declared)| output(vm, value, declared)).collect();
            outputs.map(|outputs| outputs.concat())
        })
    });
    match result {
        Ok(()) => Ok(std::mem::take(&mut session.vm.net)),
        Err(unwind) => Err(session.vm.diagnostic(unwind)),
    }
}

/// A list of the net as Python's, with what its length is at most.
fn list_argument(vm: &mut Vm, list: ValueId, length_max: Option<i64>) -> Result<Value, Unwind> {
    let length = vm.emit1("seq_len", &[list], Attrs::default())?;
    let sym = vm.net.define_sym("i", length);
    vm.state.facts.bound(sym, Some(0), length_max);
    let list = SeqObject { value: list, len: Term::sym(sym), element: SeqElement::Tensor };
    Ok(vm.new_object(LIST, Kind::Seq(list)))
}

/// An output, which the text has made a tensor, a list or nothing, as values of the net: an optional tensor is a list of
/// at most one, an optional list a truth value and a list.
fn output(vm: &mut Vm, value: &Value, declared: &OutputType) -> Result<Vec<ValueId>, Unwind> {
    let items = match vm.kind(value) {
        Some(Kind::List(items)) => Some(items.clone()),
        _ => None,
    };
    let (given, list) = match (declared, vm.kind(value)) {
        (OutputType::Tensor, _) => return Ok(vec![tensor_value(vm, value)?]),
        (_, Some(Kind::Seq(list))) => (true, list.value),
        (OutputType::OptionalTensor(ty), _) => {
            let items = if value.is_none() { vec![] } else { vec![value.clone()] };
            return Ok(vec![list_value(vm, &items, ty)?]);
        }
        (OutputType::List(ty) | OutputType::OptionalList(ty), _) => {
            (!value.is_none(), list_value(vm, &items.unwrap_or_default(), ty)?)
        }
    };
    match declared {
        OutputType::OptionalList(_) => Ok(vec![vm.emit_scalar(Scalar::Bool(given))?, list]),
        _ => Ok(vec![list]),
    }
}

/// A node as a place.
fn place(shown: &str, node: &str, line: u32) -> Span {
    Span { file: format!("{shown}: {node}"), line, col: 0, len: 1, text: String::new() }
}

/// The diagnostic with nodes for places in the text, which the person has never seen.
fn at_nodes(mut diagnostic: Diagnostic, shown: &str, nodes: &[String]) -> Diagnostic {
    let node = |span: Option<Span>| match span {
        Some(span) if span.file == shown => {
            let node = nodes.get(span.line as usize - 1).map_or("", String::as_str);
            (!node.is_empty()).then(|| place(shown, node, span.line))
        }
        other => other,
    };
    let located = diagnostic.span.is_some();
    diagnostic.span = node(diagnostic.span);
    // The names of Python functions are nothing to a person.
    let said = |note: String| if note.starts_with("called in ") { "called here".to_string() } else { note };
    diagnostic.notes = diagnostic.notes.into_iter().map(|(note, span)| (said(note), node(span))).collect();
    if located && diagnostic.span.is_none() {
        diagnostic.message = format!("{shown}: {}", diagnostic.message);
    }
    diagnostic.notes.retain(|(_, span)| span.is_some());
    diagnostic
}

/// The net with a file for each node instead of lines of the text.
fn with_nodes(mut net: Net, shown: &str, nodes: &[String]) -> Net {
    let Some(text) = net.files.iter().position(|file| file == shown) else { return net };
    let mut files: HashMap<u32, u32> = HashMap::new();
    let mut names = std::mem::take(&mut net.files);
    let mut moved = |loc: &mut Loc| {
        if loc.file as usize != text || loc.line == 0 {
            return;
        }
        let line = loc.line;
        let file = *files.entry(line).or_insert_with(|| {
            names.push(match nodes.get(line as usize - 1).map_or("", String::as_str) {
                "" => shown.to_string(),
                node => format!("{shown}: {node}"),
            });
            names.len() as u32 - 1
        });
        *loc = Loc { file, line, col: 0 };
    };
    net.ops.iter_mut().for_each(|op| moved(&mut op.loc));
    net.blocks.iter_mut().for_each(|block| moved(&mut block.loc));
    net.guards.iter_mut().for_each(|guard| moved(&mut guard.loc));
    net.files = names;
    net
}
