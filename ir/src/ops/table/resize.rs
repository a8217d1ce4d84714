//! Interpolation to another spatial size, as ONNX Resize and PyTorch's `interpolate` define it.
//!
//! Source coordinates are exact rationals, `numerator / denominator` in integer terms, so that which element is nearest
//! does not hang on rounding. Only scales that the user gives as floats make them floats, as in PyTorch.

use super::common::*;
use crate::dtype::DType;
use crate::ops::attrs::{Attr, AttrKind};
use crate::ops::*;
use crate::term::{ScalarOp, Term};

/// A position along a source dimension.
#[derive(Clone, Copy)]
enum Coordinate {
    /// numerator / denominator
    Ratio(Term, Term),
    /// `f64`
    Float(Term),
}

impl Coordinate {
    /// `scale` is the size of a step of the result in steps of the source, if the user fixed it.
    fn new(
        mode: &str,
        position: Term,
        from: Term,
        to: Term,
        scale: Option<f64>,
    ) -> Result<Coordinate, String> {
        let (one, two) = (Term::int(1), Term::int(2));
        if let Some(scale) = scale
            && mode != "align_corners"
        {
            let half = if mode == "asymmetric" { 0.0 } else { 0.5 };
            let f64 = |v: f64| constant(DType::F64, v);
            let stretched = (position.cast(DType::F64) + f64(half)) * f64(1.0 / scale) - f64(half);
            return Ok(Coordinate::Float(if mode == "pytorch_half_pixel" {
                one.less(to).select(stretched, f64(0.0))
            } else {
                stretched
            }));
        }
        let half_pixel = (position * two + one) * from - to;
        Ok(match mode {
            "asymmetric" => Coordinate::Ratio(position * from, to),
            "half_pixel" => Coordinate::Ratio(half_pixel, to * two),
            "pytorch_half_pixel" => {
                Coordinate::Ratio(one.less(to).select(half_pixel, Term::int(0)), to * two)
            }
            // One element of the result reads the first of the source.
            "align_corners" => Coordinate::Ratio(position * (from - one), (to - one).max(one)),
            other => {
                return Err(format!(
                    "coordinate must be asymmetric, half_pixel, pytorch_half_pixel or align_corners, not {other}"
                ));
            }
        })
    }

    fn plus(self, numerator: i64, denominator: i64) -> Coordinate {
        match self {
            Coordinate::Ratio(n, d) => Coordinate::Ratio(
                n * Term::int(denominator) + d * Term::int(numerator),
                d * Term::int(denominator),
            ),
            Coordinate::Float(x) => {
                Coordinate::Float(x + constant(DType::F64, numerator as f64 / denominator as f64))
            }
        }
    }

    fn floor(self) -> Term {
        match self {
            Coordinate::Ratio(n, d) => n.floor_div(d),
            Coordinate::Float(x) => Term::apply(ScalarOp::Floor, &[x]).cast(DType::I64),
        }
    }

    fn ceil(self) -> Term {
        match self {
            Coordinate::Ratio(n, d) => Term::int(0) - (Term::int(0) - n).floor_div(d),
            Coordinate::Float(x) => Term::apply(ScalarOp::Ceil, &[x]).cast(DType::I64),
        }
    }

    /// What is above the floor, in [0, 1).
    fn fraction(self, dtype: DType) -> Term {
        match self {
            Coordinate::Ratio(n, d) => Term::apply(ScalarOp::Div, &[n.modulo(d).cast(dtype), d.cast(dtype)]),
            Coordinate::Float(x) => (x - Term::apply(ScalarOp::Floor, &[x])).cast(dtype),
        }
    }

    fn not_below_zero(self) -> Coordinate {
        match self {
            Coordinate::Ratio(n, d) => Coordinate::Ratio(n.max(Term::int(0)), d),
            Coordinate::Float(x) => Coordinate::Float(x.max(constant(DType::F64, 0.0))),
        }
    }
}

/// Source positions along one dimension, each with its weight (`None` is 1).
type Taps = Vec<(Term, Option<Term>)>;

fn taps(cx: &Infer, mode: &str, at: Coordinate, from: Term, dtype: DType) -> Result<Taps, String> {
    let last = from - Term::int(1);
    let inside = |i: Term| i.max(Term::int(0)).min(last);
    let one = constant(dtype, 1.0);
    Ok(match mode {
        "nearest" => {
            let nearest = match cx.attrs.str("nearest_rounding") {
                "floor" => at.floor(),
                "ceil" => at.ceil(),
                "round_prefer_floor" => at.plus(-1, 2).ceil(),
                "round_prefer_ceil" => at.plus(1, 2).floor(),
                other => {
                    return Err(format!(
                        "nearest_rounding must be floor, ceil, round_prefer_floor or round_prefer_ceil, not {other}"
                    ));
                }
            };
            vec![(inside(nearest), None)]
        }
        "linear" => {
            let at = at.not_below_zero();
            let (low, t) = (at.floor(), at.fraction(dtype));
            vec![(inside(low), Some(one - t)), (inside(low + Term::int(1)), Some(t))]
        }
        "cubic" => {
            // Keys' kernel: distances 1 + t, t, 1 - t, 2 - t from the four neighbours.
            let (low, t) = (at.floor(), at.fraction(dtype));
            let c = |v: f64| constant(dtype, v);
            let a = *cx.attrs.float("cubic_coeff");
            let near = |d: Term| ((c(a + 2.0) * d - c(a + 3.0)) * d * d) + one;
            let far = |d: Term| ((c(a) * d - c(5.0 * a)) * d + c(8.0 * a)) * d - c(4.0 * a);
            let weights = [far(one + t), near(t), near(one - t), far(c(2.0) - t)];
            (-1..3).zip(weights).map(|(k, w)| (inside(low + Term::int(k)), Some(w))).collect()
        }
        other => return Err(format!("mode must be nearest, linear or cubic, not {other}")),
    })
}

fn resize(cx: &Infer) -> Result<Loops, String> {
    let x = cx.tensor(0)?;
    let (mode, sizes) = (cx.attrs.str("mode"), cx.attrs.terms("sizes"));
    if x.rank() < 2 || sizes.len() != x.rank() - 2 {
        return Err(format!("{} sizes for the spatial dimensions of rank {}", sizes.len(), x.rank()));
    }
    if mode != "nearest" {
        float_dtype(cx, 0)?;
    }
    let scales = cx.attrs.floats("scales");
    if !scales.is_empty() && scales.len() != sizes.len() || scales.iter().any(|s| *s <= 0.0) {
        return Err(format!("scales must be none or {} positive numbers", sizes.len()));
    }
    let compute = x.dtype.accumulator();
    let mut per_dim = vec![];
    for (i, &to) in sizes.iter().enumerate() {
        let from = x.shape[i + 2];
        let position = Term::axis(i + 2);
        per_dim.push(if from == to && scales.is_empty() {
            vec![(position, None)]
        } else {
            let at = Coordinate::new(cx.attrs.str("coordinate"), position, from, to, scales.get(i).copied())?;
            taps(cx, mode, at, from, compute)?
        });
    }
    // Every combination of one tap per dimension is one read; the body is their weighted sum, innermost dimension first.
    let mut combinations: Vec<Vec<usize>> = vec![vec![]];
    for taps in &per_dim {
        combinations = combinations
            .iter()
            .flat_map(|c| (0..taps.len()).map(|t| [c.as_slice(), &[t]].concat()))
            .collect();
    }
    let reads: Vec<Read> = combinations
        .iter()
        .map(|choice| {
            let spatial = choice.iter().zip(&per_dim).map(|(&t, taps)| taps[t].0);
            Read::new(0, x.dtype, loop_axes(0, 2).into_iter().chain(spatial).collect())
        })
        .collect();
    let mut values: Vec<Term> = (0..reads.len()).map(|k| Term::load(k, x.dtype).cast(compute)).collect();
    for taps in per_dim.iter().rev() {
        values = values.chunks(taps.len()).map(|group| weighted_sum(group, taps)).collect();
    }
    let out = [&x.shape[..2], sizes].concat();
    Ok(Loops { out, reduce: vec![], reads, body: values[0].cast(x.dtype), reduction: None, narrow: None })
}

fn weighted_sum(values: &[Term], taps: &Taps) -> Term {
    let weighted = values.iter().zip(taps).map(|(&v, (_, weight))| weight.map_or(v, |w| v * w));
    weighted.reduce(|sum, term| sum + term).expect("a dimension has at least one tap")
}

const fn text(name: &'static str, default: fn() -> Attr, doc: &'static str) -> AttrSpec {
    attr_or(name, AttrKind::Str, default, doc)
}

pub(super) static ROWS: &[OpSpec] = &[OpSpec {
    name: "resize",
    doc: "The spatial dimensions of [n, c, spatial…] interpolated to `sizes` (ONNX Resize without antialiasing). PyTorch's \
          `nearest` is asymmetric with floor, `nearest-exact` half_pixel with round_prefer_ceil.",
    operands: Arity::Exactly(1),
    attributes: &[
        text("mode", || Attr::Str("nearest".into()), "`nearest`, `linear` (bi-, trilinear) or `cubic`"),
        attr("sizes", AttrKind::Terms, "the spatial dimensions of the result"),
        text(
            "coordinate",
            || Attr::Str("half_pixel".into()),
            "`asymmetric`, `half_pixel`, `pytorch_half_pixel` or `align_corners`",
        ),
        text(
            "nearest_rounding",
            || Attr::Str("round_prefer_floor".into()),
            "`floor`, `ceil`, `round_prefer_floor` or `round_prefer_ceil`",
        ),
        attr_or(
            "cubic_coeff",
            AttrKind::Float,
            || Attr::Float(-0.75),
            "Keys' coefficient; ONNX and PyTorch use -0.75",
        ),
        attr_or(
            "scales",
            AttrKind::Floats,
            || Attr::Floats(vec![]),
            "factors that replace size ratios in coordinates; none: the ratios",
        ),
    ],
    def: OpDef::Loops(resize),
    laws: &[],
    numerics: Numerics::Rounding,
    effects: Effects::Pure,
    gradient: Gradient::FromBody,
    examples: &[
        Example {
            operands: &["f32[1,1,2] [1, 2]"],
            attributes: "mode = \"nearest\", sizes = [4], coordinate = \"asymmetric\", nearest_rounding = \"floor\"",
            result: "f32[1,1,4] [1, 1, 2, 2]",
        },
        Example {
            operands: &["f32[1,1,2] [1, 2]"],
            attributes: "mode = \"linear\", sizes = [4], coordinate = \"half_pixel\"",
            result: "f32[1,1,4] [1, 1.25, 1.75, 2]",
        },
        Example {
            operands: &["f32[1,1,2] [1, 2]"],
            attributes: "mode = \"cubic\", sizes = [3], coordinate = \"align_corners\"",
            result: "f32[1,1,3] [1, 1.5, 2]",
        },
    ],
}];
