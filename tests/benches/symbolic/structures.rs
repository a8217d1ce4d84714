//! One source, four data structures: the same generic functions on plain trees, hash-consed graphs, n-ary sums and products,
//! and polynomials. The ratio is the plain tree's time to each.

use super::{Row, best};
use braid::term::algebra::Matrix;
use braid::term::models::arm;
use braid::term::rewrite::simplify_classical;
use braid::term::trace::trace;
use braid::term::{Dag, Expr, Scalar, Symbol, Tree, calculus, walk};

pub fn measure() -> Vec<Row> {
    let workloads: [(&str, [f64; 3]); 3] = [
        (
            "det(lu(5×5)), then its derivative",
            [best(0.3, determinant::<Tree>), best(0.3, determinant::<Dag>), best(0.3, determinant::<Expr>)],
        ),
        (
            "1,000-leaf random sums and products, simplified",
            [best(0.3, random::<Tree>), best(0.3, random::<Dag>), best(0.3, random::<Expr>)],
        ),
        (
            "mass matrix of a 7-joint arm, differentiated",
            [best(0.3, mass::<Tree>), best(0.3, mass::<Dag>), best(0.3, mass::<Expr>)],
        ),
    ];
    let mut rows = Vec::new();
    let mut most: f64 = 0.0;
    for (what, times) in workloads {
        rows.push(Row::new(format!("{what}: plain tree"), 1e3 * times[0], "ms"));
        for (name, time) in ["hash-consed", "n-ary"].into_iter().zip(&times[1..]) {
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
    let mut terms: Vec<T> = (0..1_000).map(|_| T::var(["a", "b", "c", "d"][next(4) as usize])).collect();
    while terms.len() > 1 {
        let at = next(terms.len() as u64) as usize;
        let a = terms.swap_remove(at);
        let at = next(terms.len() as u64) as usize;
        // More sums than products, so that degrees stay low.
        let joined =
            if next(8) == 0 && walk::depth(&a) < 6 { a.times(&terms[at]) } else { a.plus(&terms[at]) };
        terms[at] = joined;
    }
    simplify_classical(&terms[0])
}

fn mass<T: Scalar>() -> Vec<T> {
    let (angles, matrix) = trace("q", 7, |q: &[Dag]| arm::mass_matrix(&arm::SEVEN_JOINTS, q));
    let matrix: Vec<T> = matrix.iter().map(|entry| entry.convert()).collect();
    matrix
        .iter()
        .map(|entry| calculus::derivative(entry, angles[3]).expect("sines have derivatives"))
        .collect()
}
