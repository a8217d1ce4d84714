//! What NVIDIA's intrinsics are called and what those of one thread do. The rest needs a warp ([`super::warp`]) or a workgroup
//! ([`super::launch`]).

use super::group::Product;
use super::warp::Collective;
use half::{bf16, f16};

/// An intrinsic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Intrinsic {
    /// A special register.
    Register(Register),
    /// All threads of the workgroup meet.
    Barrier {
        /// Whether the number of threads is an operand.
        counted: bool,
        /// What is found out of the threads' predicates.
        reduce: Option<Reduce>,
    },
    /// Threads of a warp meet.
    Warp(Collective),
    /// Four warps meet.
    Group(Product),
    /// Copies so many bytes from global to workgroup memory, asynchronously; `sized` if an operand tells how many of them are
    /// read, the rest being 0.
    CopyAsync {
        /// How many.
        bytes: u32,
        /// Whether there is such an operand.
        sized: bool,
    },
    /// Closes a group of asynchronous copies.
    CommitGroup,
    /// Waits for all groups but so many.
    WaitGroup,
    /// Waits for all copies.
    WaitAll,
    /// A function of one thread's values.
    Math(Math),
    /// Orders memory, which is in order here.
    Fence,
    /// What the thread has written to workgroup memory is seen by units that read it by themselves.
    ProxyFence,
}

/// A special register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Register {
    /// Position of the thread in the workgroup.
    Thread(usize),
    /// Size of the workgroup.
    Threads(usize),
    /// Position of the workgroup in the grid.
    Block(usize),
    /// Size of the grid.
    Blocks(usize),
    /// Number of the thread in its warp.
    Lane,
    /// Number of the warp in its workgroup.
    Warp,
    /// 32.
    WarpSize,
}

/// What a barrier or a vote finds out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reduce {
    /// Whether all predicates hold.
    And,
    /// Whether any does.
    Or,
    /// How many do.
    Count,
}

/// A function of one thread's values. Approximations are computed in double precision and rounded: they are more exact than the
/// hardware's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Math {
    /// Of `f32`.
    Single(Function),
    /// Of `f64`.
    Double(Function),
    /// `f32` to TF32, in 32 bits: to nearest, ties away from 0 if so said, else to even.
    Tf32 {
        /// Whether ties go away from 0.
        away: bool,
    },
    /// `f32` to `bf16`.
    Bf16,
    /// Two `f32`, the upper one first, to two `bf16`.
    Bf16Pair,
    /// Two `f32`, the upper one first, to two `f16`.
    F16Pair,
}

/// A function by its name in PTX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// 2 to the power of.
    Ex2,
    /// Logarithm to base 2.
    Lg2,
    /// 1 over.
    Rcp,
    /// Square root.
    Sqrt,
    /// 1 over the square root.
    Rsqrt,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Hyperbolic tangent.
    Tanh,
    /// Sum.
    Add,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// Fused multiply and add.
    Fma,
    /// Minimum; NaN if either is, if so said.
    Min(bool),
    /// Maximum; NaN if either is, if so said.
    Max(bool),
}

/// The intrinsic of a name; `None` if the executor does not know it.
pub fn named(name: &str) -> Option<Intrinsic> {
    let Some(name) = name.strip_prefix("llvm.nvvm.") else {
        // Assembly text.
        let fence = name == "fence.proxy.async.shared::cta;";
        return if fence { Some(Intrinsic::ProxyFence) } else { Product::named(name).map(Intrinsic::Group) };
    };
    if let Some(register) = name.strip_prefix("read.ptx.sreg.") {
        return register_named(register).map(Intrinsic::Register);
    }
    if let Some(form) = name.strip_prefix("barrier.cta.") {
        let form = form.replace(".aligned", "");
        let (what, count) = form.rsplit_once('.')?;
        let counted = match count {
            "all" => false,
            "count" => true,
            _ => return None,
        };
        let reduce = match what {
            "sync" => None,
            "red.and" => Some(Reduce::And),
            "red.or" => Some(Reduce::Or),
            "red.popc" => Some(Reduce::Count),
            _ => return None,
        };
        return Some(Intrinsic::Barrier { counted, reduce });
    }
    if let Some(copy) = name.strip_prefix("cp.async.") {
        return match copy {
            "commit.group" => Some(Intrinsic::CommitGroup),
            "wait.group" => Some(Intrinsic::WaitGroup),
            "wait.all" => Some(Intrinsic::WaitAll),
            _ => {
                let size =
                    copy.strip_prefix("ca.shared.global.").or(copy.strip_prefix("cg.shared.global."))?;
                let (size, sized) = size.strip_suffix(".s").map_or((size, false), |size| (size, true));
                Some(Intrinsic::CopyAsync { bytes: size.parse().ok()?, sized })
            }
        };
    }
    if name.starts_with("membar.") || name.starts_with("fence.proxy.") {
        return Some(Intrinsic::Fence);
    }
    let collective = Collective::named(name).map(Intrinsic::Warp);
    collective.or_else(|| math_named(name).map(Intrinsic::Math))
}

fn register_named(name: &str) -> Option<Register> {
    let axis = |letter: &str| "xyz".find(letter);
    Some(match name.split_once('.') {
        Some(("tid", letter)) => Register::Thread(axis(letter)?),
        Some(("ntid", letter)) => Register::Threads(axis(letter)?),
        Some(("ctaid", letter)) => Register::Block(axis(letter)?),
        Some(("nctaid", letter)) => Register::Blocks(axis(letter)?),
        None if name == "laneid" => Register::Lane,
        None if name == "warpid" => Register::Warp,
        None if name == "warpsize" => Register::WarpSize,
        _ => return None,
    })
}

fn math_named(name: &str) -> Option<Math> {
    match name {
        "f2tf32.rna" => return Some(Math::Tf32 { away: true }),
        "f2tf32.rn" => return Some(Math::Tf32 { away: false }),
        "f2bf16.rn" => return Some(Math::Bf16),
        "ff2bf16x2.rn" => return Some(Math::Bf16Pair),
        "ff2f16x2.rn" => return Some(Math::F16Pair),
        _ => {}
    }
    let mut words = name.split('.');
    let first = words.next()?;
    let words: Vec<&str> = words.collect();
    let (ty, manner) = words.split_last()?;
    if !manner.iter().all(|word| ["approx", "ftz", "rn", "full", "nan"].contains(word)) {
        return None;
    }
    let nan = manner.contains(&"nan");
    let function = match first {
        "ex2" => Function::Ex2,
        "lg2" => Function::Lg2,
        "rcp" => Function::Rcp,
        "sqrt" => Function::Sqrt,
        "rsqrt" => Function::Rsqrt,
        "sin" => Function::Sin,
        "cos" => Function::Cos,
        "tanh" => Function::Tanh,
        "add" => Function::Add,
        "mul" => Function::Mul,
        "div" => Function::Div,
        "fma" => Function::Fma,
        "fmin" => Function::Min(nan),
        "fmax" => Function::Max(nan),
        _ => return None,
    };
    match *ty {
        "f" | "f32" => Some(Math::Single(function)),
        "d" | "f64" => Some(Math::Double(function)),
        _ => None,
    }
}

impl Function {
    fn of_doubles(self, x: impl Fn(usize) -> f64) -> f64 {
        match self {
            Function::Ex2 => x(0).exp2(),
            Function::Lg2 => x(0).log2(),
            Function::Rcp => 1.0 / x(0),
            Function::Sqrt => x(0).sqrt(),
            Function::Rsqrt => 1.0 / x(0).sqrt(),
            Function::Sin => x(0).sin(),
            Function::Cos => x(0).cos(),
            Function::Tanh => x(0).tanh(),
            Function::Add => x(0) + x(1),
            Function::Mul => x(0) * x(1),
            Function::Div => x(0) / x(1),
            Function::Fma => x(0).mul_add(x(1), x(2)),
            Function::Min(true) | Function::Max(true) if x(0).is_nan() || x(1).is_nan() => f64::NAN,
            Function::Min(_) => x(0).min(x(1)),
            Function::Max(_) => x(0).max(x(1)),
        }
    }
}

impl Math {
    /// Computes the function.
    ///
    /// # Safety
    /// The arguments and the result must be of the function's types.
    pub unsafe fn run(self, arguments: *const u8, result: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe {
            let single = |i: usize| arguments.cast::<f32>().add(i).read();
            let double = |i: usize| arguments.cast::<f64>().add(i).read();
            match self {
                Math::Single(Function::Fma) => {
                    result.cast::<f32>().write(single(0).mul_add(single(1), single(2)));
                }
                Math::Single(function) => {
                    result.cast::<f32>().write(function.of_doubles(|i| f64::from(single(i))) as f32);
                }
                Math::Double(function) => result.cast::<f64>().write(function.of_doubles(double)),
                Math::Tf32 { away } => result.cast::<u32>().write(tf32(single(0), away)),
                Math::Bf16 => result.cast::<u16>().write(bf16::from_f32(single(0)).to_bits()),
                Math::Bf16Pair => {
                    let [upper, lower] = [0, 1].map(|i| u32::from(bf16::from_f32(single(i)).to_bits()));
                    result.cast::<u32>().write(upper << 16 | lower);
                }
                Math::F16Pair => {
                    let [upper, lower] = [0, 1].map(|i| u32::from(f16::from_f32(single(i)).to_bits()));
                    result.cast::<u32>().write(upper << 16 | lower);
                }
            }
        }
    }
}

/// Rounds to the 10 bits of fraction that TF32 has.
fn tf32(x: f32, away: bool) -> u32 {
    let bits = x.to_bits();
    if !x.is_finite() {
        return bits;
    }
    let half = if away { 0x1000 } else { 0xfff + (bits >> 13 & 1) };
    (bits + half) & !0x1fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood() {
        for (name, intrinsic) in [
            ("llvm.nvvm.read.ptx.sreg.ntid.y", Intrinsic::Register(Register::Threads(1))),
            ("llvm.nvvm.barrier.cta.sync.aligned.all", Intrinsic::Barrier { counted: false, reduce: None }),
            (
                "llvm.nvvm.barrier.cta.red.popc.aligned.count",
                Intrinsic::Barrier { counted: true, reduce: Some(Reduce::Count) },
            ),
            ("llvm.nvvm.cp.async.cg.shared.global.16.s", Intrinsic::CopyAsync { bytes: 16, sized: true }),
            ("llvm.nvvm.ex2.approx.ftz.f", Intrinsic::Math(Math::Single(Function::Ex2))),
            ("llvm.nvvm.fmax.nan.f", Intrinsic::Math(Math::Single(Function::Max(true)))),
        ] {
            assert_eq!(named(name), Some(intrinsic), "{name}");
        }
        for name in
            ["llvm.nvvm.barrier.cta.arrive.aligned.count", "llvm.nvvm.rcp.rz.f", "llvm.nvvm.wgmma.fence"]
        {
            assert_eq!(named(name), None, "{name}");
        }
    }

    #[test]
    fn tf32_keeps_ten_bits() {
        let ulp = f32::EPSILON * 8192.0;
        assert_eq!(f32::from_bits(tf32(1.0 + ulp, true)), 1.0 + ulp);
        assert_eq!(f32::from_bits(tf32(1.0 + ulp / 2.0, true)), 1.0 + ulp);
        assert_eq!(f32::from_bits(tf32(1.0 + ulp / 2.0, false)), 1.0);
        assert_eq!(f32::from_bits(tf32(1.0 + ulp / 4.0, true)), 1.0);
    }
}
