//! From the command line's options to a net: import the source, build the module, give it its weights, trace its entry.

use super::names::Name;
use super::native::Unwind;
use super::object::Kind;
use super::session::{Evaluated, Session};
use super::torch::{load_weights, new_tensor, tensor_value};
use super::trace::trace;
use super::value::Value;
use super::vm::frame::Then;
use super::vm::{Limits, Mode, Vm};
use crate::diagnostic::Diagnostic;
use crate::options::PythonOptions;
use braid_ir::{Net, TensorType, ValueId};

/// The net of the network that the options name.
///
/// # Errors
/// The diagnostic to show.
pub fn compile(options: &PythonOptions) -> Result<Net, Diagnostic> {
    if !options.source.is_file() {
        return Err(Diagnostic::new(format!("there is no file {}", options.source.display()))
            .with_help("give the model's Python source"));
    }
    let folder = options.source.parent().map(|folder| folder.to_path_buf()).unwrap_or_default();
    let mut search_paths = vec![folder];
    search_paths.extend(options.include_dirs.iter().cloned());
    let mut session = Session::new(search_paths, Limits::default())?;
    let module = session.import_file(&options.source)?;
    // The arguments are tensors, whether or not the source imports torch.
    session.guard(|vm| vm.import_now(Name::new("torch")))?;
    let object = session.eval_named(&module, &options.build, "--build")?;
    let mut statics = Vec::new();
    for (position, (name, expression)) in options.statics.iter().enumerate() {
        if options.statics[..position].iter().any(|(other, _)| other == name) {
            return Err(Diagnostic::new(format!("--static {name} is given twice")));
        }
        if options.inputs.iter().any(|input| input.name == *name) {
            return Err(Diagnostic::new(format!("{name} is given both as --input and as --static")));
        }
        let value = session.eval_named(&module, expression, &format!("--static {name}"))?;
        statics.push((Name::new(name), value));
    }
    let is_module = session.guard(|vm| Ok(vm.find_method(&object, "state_dict")))?;
    let entry = options.entry.as_deref().unwrap_or("forward");
    let function = entry_function(&mut session, &object, entry, options.entry.is_some(), is_module)?;
    if is_module {
        session.call_method(&object, "eval", vec![], vec![])?;
        let state = session.call_method(&object, "state_dict", vec![], vec![])?;
        session.guard(|vm| load_weights(vm, &state, &options.weights))?;
    } else if !options.weights.is_empty() {
        return Err(Diagnostic::new("--weights is given, but --build does not give a torch.nn.Module")
            .with_help("give an expression for --build that makes the module"));
    }
    session.vm.net.name = entry.to_owned();
    let (args, kwargs) = arguments(&mut session, &object, &function, entry, options, statics)?;
    let traced = run(&mut session.vm, function, args, kwargs);
    match traced {
        Ok(()) => Ok(std::mem::take(&mut session.vm.net)),
        Err(unwind) => Err(session.vm.diagnostic(unwind)),
    }
}

fn run(vm: &mut Vm, function: Value, args: Vec<Value>, kwargs: Vec<(Name, Value)>) -> Result<(), Unwind> {
    vm.mode = Mode::Tracing;
    vm.call(function, args, kwargs, Then::Sync)?;
    trace(vm, &mut |vm, value| {
        let mut outputs = Vec::new();
        flatten(vm, value, 0, &mut outputs)?;
        Ok(outputs)
    })
}

/// What is called: the module itself for `forward` (so that its hooks run), another of its methods, or the function.
fn entry_function(
    session: &mut Session,
    object: &Value,
    entry: &str,
    given: bool,
    is_module: bool,
) -> Evaluated<Value> {
    if is_module && entry == "forward" {
        return Ok(object.clone());
    }
    let name = Name::new(entry);
    if session.guard(|vm| Ok(vm.find_method(object, entry)))? {
        return session.guard(|vm| vm.get_attr(object, name));
    }
    let is_function = matches!(session.vm.kind(object), Some(Kind::Function(_) | Kind::Method { .. }));
    if given && !(is_function && entry == "forward") {
        let class = session.vm.type_name(object);
        return Err(Diagnostic::new(format!("what --build gives (a {class}) has no method {entry}"))
            .with_help("name one of its methods with --entry"));
    }
    Ok(object.clone())
}

type Arguments = (Vec<Value>, Vec<(Name, Value)>);

/// The call's arguments: the inputs of the net and the static values, by name where the entry has such a parameter, else
/// by position.
fn arguments(
    session: &mut Session,
    object: &Value,
    function: &Value,
    entry: &str,
    options: &PythonOptions,
    statics: Vec<(Name, Value)>,
) -> Evaluated<Arguments> {
    let forward = match function.is_same(object) {
        true => session.guard(|vm| {
            Ok(if vm.find_method(object, entry) {
                vm.get_attr(object, Name::new(entry))?
            } else {
                object.clone()
            })
        })?,
        false => function.clone(),
    };
    let parameters = parameters(&session.vm, &forward);
    let (mut args, mut kwargs) = (Vec::new(), Vec::new());
    let vm = &mut session.vm;
    for input in &options.inputs {
        if vm.net.inputs.contains(&input.name) {
            return Err(Diagnostic::new(format!("--input {} is given twice", input.name)));
        }
        if input.list {
            return Err(Diagnostic::new(format!(
                "--input {}: lists are inputs of ONNX models only",
                input.name
            ))
            .with_help("give each tensor as an argument of its own"));
        }
        let ty = TensorType::new(input.dtype, input.dims.clone());
        let value = vm.net.add_input(&input.name, ty);
        let tensor = new_tensor(vm, value);
        let name = Name::new(&input.name);
        match &parameters {
            Some(known) if known.names.contains(&name) => kwargs.push((name, tensor)),
            Some(known) if !known.star => {
                let names: Vec<&str> = known.names.iter().map(|name| name.as_str()).collect();
                return Err(Diagnostic::new(format!("{entry} has no parameter {}", input.name))
                    .with_help(format!("its parameters are {}", names.join(", "))));
            }
            Some(_) => args.push(tensor),
            None => kwargs.push((name, tensor)),
        }
    }
    if let Some(known) = &parameters {
        let given = |name: &Name| kwargs.iter().chain(&statics).any(|(other, _)| other == name);
        let missing: Vec<&str> = known
            .required
            .iter()
            .skip(args.len())
            .filter(|name| !given(name))
            .map(|name| name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(Diagnostic::new(format!(
                "{entry} needs arguments that are not given: {}",
                missing.join(", ")
            ))
            .with_help(
                "give each tensor with --input NAME=DTYPE[DIMS], each other value with --static NAME=EXPR",
            ));
        }
        if let Some((name, _)) = statics.iter().find(|(name, _)| !known.names.contains(name) && !known.star) {
            let names: Vec<&str> = known.names.iter().map(|name| name.as_str()).collect();
            return Err(Diagnostic::new(format!("{entry} has no parameter {name}"))
                .with_help(format!("its parameters are {}", names.join(", "))));
        }
    }
    kwargs.extend(statics);
    vm.state.facts = vm.net.facts();
    Ok((args, kwargs))
}

/// Parameters of a Python function.
struct Parameters {
    names: Vec<Name>,
    /// Those that must be given.
    required: Vec<Name>,
    star: bool,
}

/// The parameters of a function or bound method, seen through decorators that used `functools.wraps`; `None` for anything
/// else that can be called.
fn parameters(vm: &Vm, function: &Value) -> Option<Parameters> {
    let (mut function, skip) = match vm.kind(function)? {
        Kind::Method { function, .. } => (function.clone(), 1),
        _ => (function.clone(), 0),
    };
    while let Some(wrapped) = vm.own_attr(&function, Name::new("__wrapped__")) {
        function = wrapped;
    }
    match vm.kind(&function)? {
        Kind::Function(function) => {
            let code = &function.code;
            let (positional, keyword_only) = (code.positional as usize, code.keyword_only as usize);
            let names = code.slots[..positional + keyword_only].iter().skip(skip).copied().collect();
            let optional = positional.saturating_sub(function.defaults.len());
            let by_keyword = code.slots[positional..positional + keyword_only].iter();
            let by_keyword =
                by_keyword.filter(|name| function.kw_defaults.iter().all(|(other, _)| other != *name));
            let required = code.slots[..optional].iter().skip(skip).chain(by_keyword).copied().collect();
            Some(Parameters { names, required, star: code.star || code.kwargs })
        }
        _ => None,
    }
}

/// Results flattened in order: nested tuples, lists and dicts; `None` dropped; numbers as tensors of rank 0.
fn flatten(vm: &mut Vm, value: &Value, depth: usize, outputs: &mut Vec<ValueId>) -> Result<(), Unwind> {
    /// Results nest less deep than this, unless one holds itself.
    const DEPTH_MAX: usize = 500;
    if depth > DEPTH_MAX {
        let what =
            format!("the entry returns something nested more than {DEPTH_MAX} deep, or that holds itself");
        return Err(vm.unsupported(what, "return tensors in tuples, lists or dicts"));
    }
    if value.is_none() {
        return Ok(());
    }
    if let Some(number) = vm.emit_number(value)? {
        outputs.push(number);
        return Ok(());
    }
    let parts: Vec<Value> = match vm.kind(value) {
        Some(Kind::Tensor(_)) => {
            outputs.push(tensor_value(vm, value)?);
            return Ok(());
        }
        Some(Kind::Seq(list)) => {
            outputs.push(list.value);
            return Ok(());
        }
        Some(Kind::List(items)) => items.clone(),
        Some(Kind::Tuple(items)) => items.to_vec(),
        Some(Kind::Dict(dict)) => dict.values().cloned().collect(),
        Some(Kind::Plain) => match fields(vm, value) {
            Some(fields) => fields,
            None => return Err(not_an_output(vm, value)),
        },
        _ => return Err(not_an_output(vm, value)),
    };
    for part in &parts {
        flatten(vm, part, depth + 1, outputs)?;
    }
    Ok(())
}

/// The fields of a dataclass or a `NamedTuple` in order, or the tensor of a NumPy array.
fn fields(vm: &mut Vm, value: &Value) -> Option<Vec<Value>> {
    if let Some(tensor) = vm.own_attr(value, Name::new("_tensor")) {
        return Some(vec![tensor]);
    }
    let class = vm.class_of(value);
    let names: Vec<Value> = match vm.lookup(class, Name::new("__dataclass_fields__")) {
        Some(table) => vm.as_dict(&table)?.keys().cloned().collect(),
        None => {
            let names = vm.lookup(class, Name::FIELDS)?;
            vm.as_tuple(&names)?.to_vec()
        }
    };
    names
        .iter()
        .map(|name| vm.as_str(name).cloned())
        .map(|name| vm.own_attr(value, Name::new(&name?)))
        .collect()
}

fn not_an_output(vm: &Vm, value: &Value) -> Unwind {
    vm.unsupported(
        format!("the entry returns a '{}', which is no output of a program", vm.type_name(value)),
        "return tensors, numbers, None, or tuples, lists, dicts and dataclasses of them",
    )
}

impl Vm {
    /// Whether an object has a method (or another attribute) of this name, found along its class or in itself.
    fn find_method(&mut self, object: &Value, name: &str) -> bool {
        let name = Name::new(name);
        let class = self.class_of(object);
        self.own_attr(object, name).is_some() || self.lookup(class, name).is_some()
    }
}
