//! Times of rewriting: `cargo run --release -p braid-symbolic --example rewriting`.

use braid_symbolic::rewrite::{Context, Matcher, Rewriter, Rule, rules, simplify_classical, vet};
use braid_symbolic::{Expr, Scalar, Tree, syntax::parse};
use std::hint::black_box;
use std::time::Instant;

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!("{what}: {:.3} ms", start.elapsed().as_secs_f64() * 1e3);
    result
}

fn main() {
    let x = Expr::var("x");
    timed("the library's rules, read", || rules::simplification().rules().len());
    let small: Expr = parse("3*sin(x)^2 + y + 3*cos(x)^2 + log(exp(z))").unwrap_or(x);
    timed("a small sum, first", || simplify_classical(&small));
    timed("a small sum, 1000 times", || {
        (0..1000).map(|_| black_box(simplify_classical(&small))).collect::<Vec<_>>()
    });
    let pythagoras = Rule::parse("p: sin(?a)^2 + cos(?a)^2 => 1").ok();
    for n in [10_000, 20_000, 40_000] {
        let each = |make: &dyn Fn(Expr, Expr) -> Expr| -> Expr {
            (0..n).map(|i| make(Expr::var(&format!("x{i}")), Expr::var(&format!("y{i}")))).sum()
        };
        let squares = each(&|x, _| x.sin().pow(2) + x.cos().pow(2));
        if let Some(rule) = &pythagoras {
            let matcher = Matcher::new(rule);
            timed(&format!("one rule, {} terms", 2 * n), || {
                matcher.rewrite(&squares, &mut Context::default())
            });
        }
        timed(&format!("all rules, squares of sines and cosines, {} terms", 2 * n), || {
            simplify_classical(&squares)
        });
        let fluxes = each(&|x, y| x * y * 3 - x * Expr::var("k"));
        timed(&format!("all rules, products of unknowns, {} terms", 2 * n), || simplify_classical(&fluxes));
        let deep = (0..n).fold(x, |t, _| (t + x.sin().pow(2) + x.cos().pow(2)).atan());
        timed(&format!("all rules, {n} levels deep"), || simplify_classical(&deep));
    }
    // A chain of binary sums, which nothing flattens before.
    let chain = (0..10_000).fold(Tree::var("x"), |t, i| {
        let x = Tree::var(&format!("x{i}"));
        t.plus(&x.sin().pow(2)).plus(&x.cos().pow(2))
    });
    timed("all rules, a chain of 20000 binary sums of trees", || simplify_classical(&chain));
    timed("testing a rule", || pythagoras.as_ref().map(|r| vet(r).is_ok()));
}
