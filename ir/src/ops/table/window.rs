//! Convolutions and pooling: windows that slide over the spatial dimensions of `[n, c, spatial…]`.

use super::common::*;
use crate::dtype::Scalar;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::Term;

/// One spatial dimension of a sliding window.
struct Slide {
    extent: Term,
    window: Term,
    stride: i64,
    low: i64,
    high: i64,
    /// Zeros between elements of the input, as in a transposed convolution.
    input_dilation: i64,
    window_dilation: i64,
}

impl Slide {
    /// Extent of the result.
    fn out(&self, cx: &Infer) -> Result<Term, String> {
        let one = Term::int(1);
        let input = (self.extent - one) * Term::int(self.input_dilation) + one;
        let window = (self.window - one) * Term::int(self.window_dilation) + one;
        let room = input + Term::int(self.low) + Term::int(self.high) - window;
        let what = "a window of {0} does not fit a padded extent of {1}";
        cx.require(Term::int(0).less_equal(room), what, &[window, room + window])?;
        Ok(room.floor_div(Term::int(self.stride)) + one)
    }

    /// Where a window position reads, and the condition that it is inside.
    fn read(&self, position: Term, offset: Term) -> (Term, Term) {
        let at = position * Term::int(self.stride) + offset * Term::int(self.window_dilation)
            - Term::int(self.low);
        let dilation = Term::int(self.input_dilation);
        let mut inside = Term::constant(Scalar::Bool(true));
        if self.low > 0 {
            inside = inside.and(Term::int(0).less_equal(at));
        }
        if self.high > 0 {
            inside = inside.and(at.less((self.extent - Term::int(1)) * dilation + Term::int(1)));
        }
        if self.input_dilation != 1 {
            inside = inside.and(at.modulo(dilation).equals(Term::int(0)));
        }
        (at.floor_div(dilation), inside)
    }
}

/// The spatial dimensions of a window over operand 0.
fn slides(
    cx: &Infer,
    window: &[Term],
    input_dilations: &[i64],
    window_dilations: &str,
) -> Result<Vec<Slide>, String> {
    let spatial = &cx.tensor(0)?.shape[2..];
    let n = spatial.len();
    if window.len() != n {
        return Err(format!("a window of {} dimensions over {n} spatial dimensions", window.len()));
    }
    let strides = per_item(cx.attrs.ints("strides"), n, 1, "strides")?;
    let low = per_item(cx.attrs.ints("pads_low"), n, 0, "pads_low")?;
    let high = per_item(cx.attrs.ints("pads_high"), n, 0, "pads_high")?;
    let input_dilations = per_item(input_dilations, n, 1, "lhs_dilation")?;
    let window_dilations = per_item(cx.attrs.ints(window_dilations), n, 1, window_dilations)?;
    if strides.iter().chain(&input_dilations).chain(&window_dilations).any(|&v| v < 1) {
        return Err("strides and dilations must be at least 1".to_string());
    }
    Ok((0..n)
        .map(|i| Slide {
            extent: spatial[i],
            window: window[i],
            stride: strides[i],
            low: low[i],
            high: high[i],
            input_dilation: input_dilations[i],
            window_dilation: window_dilations[i],
        })
        .collect())
}

/// Spatial index and guard of every dimension, for windows at loop axes `out_from..` with offsets at `offset_from..`.
fn window_index(slides: &[Slide], out_from: usize, offset_from: usize) -> (Vec<Term>, Term) {
    let mut guard = Term::constant(Scalar::Bool(true));
    let index = slides.iter().enumerate().map(|(i, slide)| {
        let (at, inside) = slide.read(Term::axis(out_from + i), Term::axis(offset_from + i));
        guard = guard.and(inside);
        at
    });
    (index.collect(), guard)
}

fn conv(cx: &Infer) -> Result<Loops, String> {
    let dtype = same_dtype(cx, &[0, 1])?;
    let (x, w) = (cx.tensor(0)?, cx.tensor(1)?);
    if x.rank() < 2 || w.rank() != x.rank() {
        return Err(format!(
            "input [n, c, …] and weight [o, c / groups, …] must have one rank, not {} and {}",
            x.rank(),
            w.rank()
        ));
    }
    let groups = *cx.attrs.int("groups");
    if groups < 1 {
        return Err(format!("groups must be at least 1, not {groups}"));
    }
    let groups = Term::int(groups);
    cx.equal(x.shape[1], w.shape[1] * groups, "channels of the input and of the weight times groups")?;
    if w.shape[0].modulo(groups).as_int().is_some_and(|r| r != 0) {
        return Err(format!("{} output channels do not divide into {groups} groups", w.shape[0]));
    }
    let slides = slides(cx, &w.shape[2..], cx.attrs.ints("lhs_dilation"), "rhs_dilation")?;
    let rank = x.rank();
    let mut out = vec![x.shape[0], w.shape[0]];
    for slide in &slides {
        out.push(slide.out(cx)?);
    }
    // Reduction axes: input channel within the group, then the window.
    let (spatial, guard) = window_index(&slides, 2, rank + 1);
    let group = if groups.as_int() == Some(1) {
        Term::int(0)
    } else {
        Term::axis(1).floor_div(w.shape[0].floor_div(groups))
    };
    // With one input channel per group there is nothing to count within it.
    let within = if w.shape[1].as_int() == Some(1) { Term::int(0) } else { Term::axis(rank) };
    let x_index = [vec![Term::axis(0), group * w.shape[1] + within], spatial].concat();
    let w_index = [vec![Term::axis(1), within], loop_axes(rank + 1, rank - 2)].concat();
    let mut x_read = Read::new(0, dtype, x_index);
    x_read.guard = (guard.as_bool() != Some(true)).then_some(guard);
    let wide = dtype.accumulator();
    let body =
        apply(crate::ScalarOp::Mul, &[Term::load(0, dtype).cast(wide), Term::load(1, dtype).cast(wide)])?;
    Ok(Loops {
        out,
        reduce: w.shape[1..].to_vec(),
        reads: vec![x_read, Read::new(1, dtype, w_index)],
        body,
        reduction: Some(Reduction::Sum),
        narrow: (wide != dtype).then_some(dtype),
    })
}

fn reduce_window(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    if x.rank() < 2 {
        return Err(format!("the input must be [n, c, …], not of rank {}", x.rank()));
    }
    let reduction = match cx.attrs.str("kind") {
        "max" => Reduction::Max,
        "min" => Reduction::Min,
        "sum" => Reduction::Sum,
        other => return Err(format!("kind must be max, min or sum, not {other}")),
    };
    let window: Vec<Term> = cx.attrs.ints("window").iter().map(|&v| Term::int(v)).collect();
    let slides = slides(cx, &window, &[], "dilations")?;
    let mut out = x.shape[..2].to_vec();
    for slide in &slides {
        out.push(slide.out(cx)?);
    }
    let (spatial, guard) = window_index(&slides, 2, x.rank());
    let index = [loop_axes(0, 2), spatial].concat();
    let identity = reduction.identity(x.dtype).expect("not an index reduction");
    let mut read = Read::new(0, x.dtype, index);
    read.otherwise = identity;
    read.guard = (guard.as_bool() != Some(true)).then_some(guard);
    let reduction = (!window.is_empty()).then_some(reduction);
    Ok(Loops {
        out,
        reduce: window,
        reads: vec![read],
        body: Term::load(0, x.dtype),
        reduction,
        narrow: None,
    })
}

const LIST: fn() -> Attr = || Attr::Ints(vec![]);
const STRIDES: AttrSpec = attr_or("strides", AttrKind::Ints, LIST, "steps of the window; 1 if empty");
const PADS_LOW: AttrSpec =
    attr_or("pads_low", AttrKind::Ints, LIST, "padding before each spatial dimension; 0 if empty");
const PADS_HIGH: AttrSpec =
    attr_or("pads_high", AttrKind::Ints, LIST, "padding after each spatial dimension; 0 if empty");

pub(super) static ROWS: &[OpSpec] = &[
    OpSpec {
        name: "conv",
        doc: "Convolution (cross-correlation, as ONNX Conv) of input [n, c, spatial…] with weight [o, c / groups, window…]. \
              `lhs_dilation` puts zeros between the input's elements: a transposed convolution is one with the window \
              reversed and padding window - 1 - p.",
        operands: Arity::Exactly(2),
        attributes: &[
            STRIDES,
            PADS_LOW,
            PADS_HIGH,
            attr_or("lhs_dilation", AttrKind::Ints, LIST, "spacing of the input's elements; 1 if empty"),
            attr_or("rhs_dilation", AttrKind::Ints, LIST, "spacing of the window's elements; 1 if empty"),
            attr_or("groups", AttrKind::Int, || Attr::Int(1), "number of channel groups that do not mix"),
        ],
        def: OpDef::Loops(conv),
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[
            Example {
                operands: &["f32[1,1,3] [1, 2, 3]", "f32[1,1,2] [10, 1]"],
                attributes: "pads_low = [1]",
                result: "f32[1,1,3] [1, 12, 23]",
            },
            Example {
                operands: &["f32[1,1,2] [1, 2]", "f32[1,1,2] [10, 1]"],
                attributes: "lhs_dilation = [2], pads_low = [1], pads_high = [1]",
                result: "f32[1,1,4] [1, 10, 2, 20]",
            },
        ],
    },
    OpSpec {
        name: "reduce_window",
        doc: "Maximum, minimum or sum over windows of the spatial dimensions of [n, c, spatial…]; padding holds the identity.",
        operands: Arity::Exactly(1),
        attributes: &[
            attr("kind", AttrKind::Str, "`max`, `min` or `sum`"),
            attr("window", AttrKind::Ints, "extents of the window"),
            STRIDES,
            PADS_LOW,
            PADS_HIGH,
            attr_or("dilations", AttrKind::Ints, LIST, "spacing of the window's elements; 1 if empty"),
        ],
        def: OpDef::Loops(reduce_window),
        laws: &[],
        numerics: Numerics::Reassociating,
        effects: Effects::Pure,
        gradient: Gradient::FromBody,
        examples: &[Example {
            operands: &["f32[1,1,4] [-1, -2, -3, -4]"],
            attributes: "kind = \"max\", window = [2], strides = [2], pads_low = [1], pads_high = [1]",
            result: "f32[1,1,3] [-1, -2, -4]",
        }],
    },
];
