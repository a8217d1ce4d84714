//! Split programs as text.

use super::lex::is_plain;
use super::print::{Printer, attributes, named, put};
use crate::net::Loc;
use crate::program::*;
use std::fmt::Write;

/// The program as text: its subnets as nets, then the host program.
pub fn print_program(program: &Program) -> String {
    let mut out = String::new();
    put!(out, "program {} {{\n", named('@', &program.name));
    for weight in &program.weights {
        put!(out, "  weight {}\n", Printer::default().weight(weight));
    }
    for (sym, source) in &program.syms {
        match source {
            SymSource::Input { input, axis } => {
                let input = input_name(&program.inputs[*input].0);
                put!(out, "  symbol {} = dimension {axis} of {input}\n", sym.name());
            }
            SymSource::Var(var) => put!(out, "  symbol {} = {}\n", sym.name(), name(*var)),
        }
    }
    for guard in &program.guards {
        put!(out, "  {}{}\n", super::print::guard(guard), place(program, guard.loc));
    }
    for subnet in &program.subnets {
        let dims: Vec<String> = subnet.dims.iter().map(|s| s.name()).collect();
        put!(out, "subnet [{}] ", dims.join(", "));
        out.push_str(&Printer::default().net(&subnet.net));
    }
    let inputs: Vec<String> = program
        .inputs
        .iter()
        .map(|(input, ty, var)| format!("{} {}: {ty}", name(*var), input_name(input)))
        .collect();
    put!(out, "host({}) {{\n", inputs.join(", "));
    for (index, block) in program.blocks.iter().enumerate() {
        let params: Vec<String> = block.params.iter().map(|p| typed(program, *p)).collect();
        put!(out, "^{index}({}):\n", if index == 0 { String::new() } else { params.join(", ") });
        for instr in &block.instrs {
            put!(out, "  {}\n", instruction(program, instr));
        }
        put!(out, "  {}{}\n", end(program, &block.end), place(program, block.loc));
    }
    out.push_str("}\n}\n");
    out
}

/// An input's name, quoted if it would not read back as a word.
fn input_name(name: &str) -> String {
    let is_word = is_plain(name) && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if is_word { name.to_string() } else { format!("{name:?}") }
}

fn name(var: VarId) -> String {
    format!("v{}", var.0)
}

fn typed(program: &Program, var: VarId) -> String {
    let ty = match &program.vars[var.index()] {
        Var::Int => "int".to_string(),
        Var::Bool => "bool".to_string(),
        memory => memory.ty().to_string(),
    };
    format!("{}: {ty}", name(var))
}

fn place(program: &Program, loc: Loc) -> String {
    match program.files.get(loc.file as usize) {
        Some(file) if loc.line > 0 => format!("  // {file}:{}:{}", loc.line, loc.col),
        _ => String::new(),
    }
}

fn arg(program: &Program, arg: &Arg) -> String {
    match arg {
        Arg::Var(var) => name(*var),
        Arg::Weight(weight) => named('@', &program.weights[weight.index()].name),
    }
}

fn list(program: &Program, args: &[Arg]) -> String {
    args.iter().map(|a| arg(program, a)).collect::<Vec<_>>().join(", ")
}

fn instruction(program: &Program, instr: &Instr) -> String {
    let results = |vars: &[VarId]| match vars {
        [] => String::new(),
        vars => format!("{} = ", vars.iter().map(|v| typed(program, *v)).collect::<Vec<_>>().join(", ")),
    };
    match instr {
        Instr::Call { subnet, args, dims, results: to, loc } => {
            let dims: Vec<String> = dims.iter().map(|d| d.to_string()).collect();
            let dims = if dims.is_empty() { String::new() } else { format!(" [{}]", dims.join(", ")) };
            let callee = named('@', &program.subnets[*subnet].net.name);
            format!("{}call {callee}{dims}({}){}", results(to), list(program, args), place(program, *loc))
        }
        Instr::Library { spec, attrs, args, results: to, loc } => {
            let attrs = attributes(spec, attrs);
            format!(
                "{}library {}({}){attrs}{}",
                results(to),
                spec.name,
                list(program, args),
                place(program, *loc)
            )
        }
        Instr::Compute { result, term } => format!("{}compute {term}", results(&[*result])),
        Instr::Check { condition, message, values, loc } => {
            let values: Vec<String> = values.iter().map(|v| v.to_string()).collect();
            format!("require {condition} : {message:?}({}){}", values.join(", "), place(program, *loc))
        }
        Instr::Load { result, from } => format!("{}load {}", results(&[*result]), arg(program, from)),
        Instr::Store { result, from } => format!("{}store {}", results(&[*result]), name(*from)),
    }
}

fn edge(program: &Program, edge: &HostEdge) -> String {
    format!("^{}({})", edge.block, list(program, &edge.args))
}

fn end(program: &Program, end: &HostEnd) -> String {
    match end {
        HostEnd::Jump(to) => format!("jump {}", edge(program, to)),
        HostEnd::Branch { condition, yes, no } => {
            format!("br {}, {}, {}", name(*condition), edge(program, yes), edge(program, no))
        }
        HostEnd::Return(values) => format!("return({})", list(program, values)),
        HostEnd::Fail { message, operands } => format!("fail {message:?}({})", list(program, operands)),
    }
}
