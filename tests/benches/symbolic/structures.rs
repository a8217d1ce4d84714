//! One source, four data structures: the same generic functions on plain trees, hash-consed graphs, n-ary sums and products,
//! and polynomials. Each ratio is the plain tree's time to that structure's.

use super::{Row, best};
use braid::term::algebra::Matrix;
use braid::term::models::arm;
use braid::term::rewrite::simplify_classical;
use braid::term::trace::trace;
use braid::term::{Dag, Expr, Poly, Scalar, Symbol, Tree, calculus, walk};

/// The plain tree of the arm has hundreds of millions of nodes, so it is walked once.
fn timed<V>(run: impl Fn() -> V) -> f64 {
    let start = std::time::Instant::now();
    std::hint::black_box(run());
    let once = start.elapsed().as_secs_f64();
    if once > 1.0 { once } else { once.min(best(0.2, run)) }
}

pub fn measure() -> Vec<Row> {
    let workloads: [(&str, Vec<f64>); 3] = [
        (
            "det(lu(5×5)), made and differentiated",
            vec![
                timed(determinant::<Tree>),
                timed(determinant::<Dag>),
                timed(determinant::<Expr>),
                timed(determinant::<Poly>),
            ],
        ),
        (
            "1,000-leaf random sums and products, simplified",
            vec![timed(random::<Tree>), timed(random::<Dag>), timed(random::<Expr>), timed(random::<Poly>)],
        ),
        ("mass matrix of a 7-joint arm, evaluated", {
            vec![
                {
                    let m = arm::<Tree>();
                    timed(|| evaluate(&m))
                },
                {
                    let m = arm::<Dag>();
                    timed(|| evaluate(&m))
                },
                {
                    let m = arm::<Expr>();
                    timed(|| evaluate(&m))
                },
                {
                    let m = arm::<Poly>();
                    timed(|| evaluate(&m))
                },
            ]
        }),
    ];
    let mut rows = Vec::new();
    let mut most: f64 = 0.0;
    for (what, times) in workloads {
        rows.push(Row::new(format!("{what}: plain tree"), 1e3 * times[0], "ms"));
        for (name, time) in ["hash-consed", "n-ary", "polynomial"].into_iter().zip(&times[1..]) {
            most = most.max(times[0] / time);
            rows.push(Row::new(
                format!("  {name}: times as fast ({:.3} ms)", 1e3 * time),
                times[0] / time,
                "×",
            ));
        }
    }
    rows.push(Row::new("data structures swapped: the best of these", most, "×").at_least(113.0));
    rows
}

fn determinant<T: Scalar>() -> T {
    let entry = |i: usize, j: usize| T::var(&format!("x{i}{j}"));
    let lu = Matrix::from_fn(5, 5, entry).lu().expect("a matrix of unknowns has pivots");
    calculus::derivative(&lu.determinant(), Symbol::real("x00")).expect("quotients have derivatives")
}

fn random<T: Scalar>() -> T {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) % below
    };
    let leaf = |name: u64| T::var(["a", "b", "c", "d"][name as usize]);
    let mut terms: Vec<(T, u32)> = (0..1_000).map(|_| (leaf(next(4)), 1)).collect();
    while terms.len() > 1 {
        let (a, m) = terms.swap_remove(next(terms.len() as u64) as usize);
        let at = next(terms.len() as u64) as usize;
        let (b, n) = terms[at].clone();
        // More sums than products, so that degrees stay low.
        let product = next(4) == 0 && m + n <= 4;
        terms[at] = if product { (a.times(&b), m + n) } else { (a.plus(&b), m.max(n)) };
    }
    simplify_classical(&terms[0].0)
}

/// The matrix in a data structure. What is zero or one stays in those that do not simplify when they make a term.
fn arm<T: Scalar>() -> Vec<T> {
    let (_, matrix) = trace("q", 7, |q: &[Dag]| arm::mass_matrix(&arm::SEVEN_JOINTS, q));
    matrix.iter().map(|entry| entry.convert()).collect()
}

fn evaluate<T: Scalar>(matrix: &[T]) -> f64 {
    let angle = |symbol: Symbol| symbol.name()[1..].parse::<f64>().ok().map(|i| 0.3 * i);
    matrix.iter().map(|entry| walk::eval(entry, angle)).sum()
}
