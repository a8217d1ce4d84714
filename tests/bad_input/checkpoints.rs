//! Checkpoints whose names are not quite the model's.

use super::Desk;

const MODEL: &str = "\
import torch.nn as nn

class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2, bias=False)
        self.b = nn.Linear(2, 2, bias=False)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.b(self.a(x))

def f(x):
    return x
";

const X: [&str; 2] = ["--input", "x=f32[1,2]"];

/// A desk with the model and `w.safetensors`, which has one 2×2 tensor of ones under each of these names.
fn desk(name: &str, tensors: &[&str]) -> Desk {
    let entry = |(at, name): (usize, &&str)| {
        format!(r#""{name}":{{"dtype":"F32","shape":[2,2],"data_offsets":[{},{}]}}"#, at * 16, at * 16 + 16)
    };
    let entries: Vec<String> = tensors.iter().enumerate().map(entry).collect();
    let header = format!("{{{}}}", entries.join(","));
    let ones = 1f32.to_le_bytes().repeat(4 * tensors.len());
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &ones].concat();
    let desk = Desk::new(name);
    desk.write("model.py", MODEL).write("w.safetensors", file);
    desk
}

#[test]
fn tied_weights_may_be_named_once() {
    let weights = ["--weights", "w.safetensors", X[0], X[1]];
    desk("tied_both", &["a.weight", "b.weight"]).compiled(&weights);
    desk("tied_first", &["a.weight"]).compiled(&weights);
    desk("tied_last", &["b.weight"]).compiled(&weights);
    desk("tied_none", &[]).compile(&weights).refused(&["missing: a.weight f32[2, 2], b.weight f32[2, 2]"]);
}

#[test]
fn prefixes_of_wrappers_are_put_on_and_taken_off() {
    let parallel = ["--build", "nn.DataParallel(M())", "--weights", "w.safetensors", X[0], X[1]];
    let plain = ["--weights", "w.safetensors", X[0], X[1]];
    let with = desk("with_prefix", &["module.a.weight", "module.b.weight"]);
    with.compiled(&plain);
    with.compiled(&parallel);
    let without = desk("without_prefix", &["a.weight", "b.weight"]);
    without.compiled(&parallel);
    desk("both_prefixes", &["module._orig_mod.a.weight", "module._orig_mod.b.weight"]).compiled(&plain);
    let mixed = desk("mixed_prefixes", &["module.a.weight", "other.weight"]);
    mixed.compile(&plain).refused(&["not in the model: module.a.weight, other.weight", "missing: a.weight"]);
    mixed.has_no_output();
}

#[test]
fn functions_have_no_weights() {
    let desk = desk("weights_of_function", &["a.weight"]);
    desk.compile(&["--build", "f", "--weights", "w.safetensors", X[0], X[1]])
        .refused(&["--weights", "torch.nn.Module"]);
}
