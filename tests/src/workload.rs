//! Small programs of torch that tests of kernels compile: a layer, a product, a norm. Their weights are inputs, since what is asked
//! of them is how they run and not what they compute.

use braid::{InputSpec, PythonOptions};
use braid_ir::Net;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What stands before the code.
const PREAMBLE: &str = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n";

/// A program.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    /// For messages.
    pub name: &'a str,
    /// Source text that defines what `build` makes.
    pub code: &'a str,
    /// The expression that makes it.
    pub build: &'a str,
    /// Inputs as on the command line: `x=f32[2,3]`.
    pub inputs: &'a [&'a str],
}

/// A layer of a transformer of width 768 on 64 tokens.
pub const TRANSFORMER: Workload<'static> = Workload {
    name: "transformer layer, 64 x 768",
    code: "\
def f(x, gain1, shift1, qkv, qkv_bias, out, out_bias, gain2, shift2, up, up_bias, down, down_bias):
    q, k, v = F.linear(F.layer_norm(x, (768,), gain1, shift1), qkv, qkv_bias).view(1, 64, 3, 12, 64).permute(2, 0, 3, 1, 4)
    weights = torch.softmax(q @ k.transpose(-2, -1) * 0.125, dim=-1)
    x = x + F.linear((weights @ v).transpose(1, 2).reshape(1, 64, 768), out, out_bias)
    return x + F.linear(F.gelu(F.linear(F.layer_norm(x, (768,), gain2, shift2), up, up_bias)), down, down_bias)
",
    build: "f",
    inputs: &[
        "x=f32[1,64,768]",
        "gain1=f32[768]",
        "shift1=f32[768]",
        "qkv=f32[2304,768]",
        "qkv_bias=f32[2304]",
        "out=f32[768,768]",
        "out_bias=f32[768]",
        "gain2=f32[768]",
        "shift2=f32[768]",
        "up=f32[3072,768]",
        "up_bias=f32[3072]",
        "down=f32[768,3072]",
        "down_bias=f32[768]",
    ],
};

/// Attention of 512 tokens.
pub const ATTENTION: Workload<'static> = Workload {
    name: "attention, 8 heads, 512 x 64",
    code: "def f(q, k, v):\n    return F.scaled_dot_product_attention(q, k, v, is_causal=True)\n",
    build: "f",
    inputs: &["q=f32[8,512,64]", "k=f32[8,512,64]", "v=f32[8,512,64]"],
};

/// The same of half floats, and twice as wide.
pub const ATTENTION_HALF: Workload<'static> = Workload {
    name: "attention, 8 heads, 512 x 128, f16",
    inputs: &["q=f16[8,512,128]", "k=f16[8,512,128]", "v=f16[8,512,128]"],
    ..ATTENTION
};

/// The same of many heads, in larger tiles.
pub const ATTENTION_LARGE: Workload<'static> = Workload {
    name: "attention, 32 heads, 512 x 64",
    inputs: &["q=f32[32,512,64]", "k=f32[32,512,64]", "v=f32[32,512,64]"],
    ..ATTENTION
};

/// A product of square matrices.
pub const PRODUCT: Workload<'static> = Workload {
    name: "product, 512 x 512 x 512",
    code: "def f(a, b):\n    return a @ b\n",
    build: "f",
    inputs: &["a=f32[512,512]", "b=f32[512,512]"],
};

/// The same of half floats.
pub const PRODUCT_HALF: Workload<'static> = Workload {
    name: "product, 512 x 512 x 512, f16",
    inputs: &["a=f16[512,512]", "b=f16[512,512]"],
    ..PRODUCT
};

/// Softmax of 64 rows.
pub const SOFTMAX: Workload<'static> = Workload {
    name: "softmax, 64 x 1000",
    code: "def f(x):\n    return torch.softmax(x, dim=-1)\n",
    build: "f",
    inputs: &["x=f32[64,1000]"],
};

/// The same of half floats.
pub const SOFTMAX_HALF: Workload<'static> =
    Workload { name: "softmax, 64 x 1000, f16", inputs: &["x=f16[64,1000]"], ..SOFTMAX };

/// Softmax of rows that fill a device.
pub const SOFTMAX_MANY: Workload<'static> =
    Workload { name: "softmax, 4096 x 1000", inputs: &["x=f32[4096,1000]"], ..SOFTMAX };

/// Layer norm of rows that fill a device.
pub const NORM: Workload<'static> = Workload {
    name: "layer norm, 4096 x 768",
    code: "def f(x, w, b):\n    return F.layer_norm(x, x.shape[1:], w, b)\n",
    build: "f",
    inputs: &["x=f32[4096,768]", "w=f32[768]", "b=f32[768]"],
};

/// The same of half floats.
pub const NORM_HALF: Workload<'static> = Workload {
    name: "layer norm, 4096 x 1024, f16",
    inputs: &["x=f16[4096,1024]", "w=f16[1024]", "b=f16[1024]"],
    ..NORM
};

/// A convolution of 3 by 3, and a ReLU.
pub const CONVOLUTION: Workload<'static> = Workload {
    name: "convolution, 64 x 56 x 56",
    code: "def f(x, w, b):\n    return F.relu(F.conv2d(x, w, b, padding=1))\n",
    build: "f",
    inputs: &["x=f32[1,64,56,56]", "w=f32[64,64,3,3]", "b=f32[64]"],
};

/// The same of half floats.
pub const CONVOLUTION_HALF: Workload<'static> = Workload {
    name: "convolution, 64 x 56 x 56, f16",
    inputs: &["x=f16[1,64,56,56]", "w=f16[64,64,3,3]", "b=f16[64]"],
    ..CONVOLUTION
};

impl Workload<'_> {
    /// Its net, simplified.
    ///
    /// # Errors
    /// The diagnostic.
    pub fn net(&self) -> Result<Net, String> {
        // Tests run side by side, and each writes its own file.
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let folder = crate::target().join("workloads");
        std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let source = folder.join(format!("{}_{number}.py", std::process::id()));
        std::fs::write(&source, format!("{PREAMBLE}{}", self.code)).map_err(|e| e.to_string())?;
        let inputs = self.inputs.iter().map(|input| InputSpec::parse(input)).collect::<Result<_, _>>()?;
        let build = self.build.to_string();
        let options = PythonOptions { source: source.clone(), build, inputs, ..PythonOptions::default() };
        let net = braid::read(&options.into()).and_then(braid::optimise).map_err(|d| d.render());
        std::fs::remove_file(&source).map_err(|e| e.to_string())?;
        net
    }
}
