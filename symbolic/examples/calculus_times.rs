//! Times of calculus and algebra, each the first (cold) run and the best of many. With the path of a BioNetGen `.net`
//! file as argument, also those of the sparse Jacobian of its mass-action equations.

use braid_symbolic::algebra::{Matrix, expand, factor};
use braid_symbolic::calculus::{derivative_n, jacobian_sparse, jacobian_sparsity};
use braid_symbolic::syntax::parse;
use braid_symbolic::{Expr, Scalar, Symbol};
use std::collections::BTreeMap;
use std::time::Instant;

fn time<T>(name: &str, mut f: impl FnMut() -> T) {
    let clock = || Instant::now();
    let start = clock();
    std::hint::black_box(f());
    let cold = start.elapsed();
    let mut best = cold;
    let begun = clock();
    while begun.elapsed().as_millis() < 300 {
        let start = clock();
        std::hint::black_box(f());
        best = best.min(start.elapsed());
    }
    println!("{name:28} cold {:9.4} ms   best {:9.4} ms", cold.as_secs_f64() * 1e3, best.as_secs_f64() * 1e3);
}

fn nested(depth: usize) -> String {
    (0..depth).fold("x".to_string(), |s, _| format!("sin(x*({s})+x^2)"))
}

fn main() {
    let product: Vec<String> = (1..=8).map(|i| format!("(x^{i}+sin({i}*x)+y)")).collect();
    let ratio: Vec<String> = (0..=6).map(|i| format!("x^{i}*y^{}", 6 - i)).collect();
    let ratio = format!("({})/(x^6+y^6+1)", ratio.join("+"));
    let cases =
        [("nest5", nested(5)), ("nest10", nested(10)), ("prod8", product.join("*")), ("ratio6", ratio)];
    for (name, text) in &cases {
        let Ok(term) = parse::<Expr>(text) else { continue };
        for order in [1, 2, 4] {
            time(&format!("{name} order {order}"), || derivative_n(&term, Symbol::real("x"), order));
        }
    }
    for (name, text) in [("expand", "(x+y+z+1)^20"), ("factor", "x^8 - y^8"), ("factor", "x^60 - 1")] {
        let Ok(term) = parse::<Expr>(text) else { continue };
        match name {
            "expand" => time(&format!("expand {text}"), || expand(&term)),
            _ => time(&format!("factor {text}"), || factor(&term)),
        }
    }
    let matrix = Matrix::from_fn(5, 5, |r, c| Expr::var(&format!("m{r}{c}")));
    time("det(lu(5x5))", || matrix.lu().map(|lu| lu.determinant()));
    time("det(5x5) by minors", || matrix.determinant());
    if let Some(path) = std::env::args().nth(1)
        && let Ok(text) = std::fs::read_to_string(path)
    {
        let start = Instant::now();
        let (rhs, states) = network(&text);
        println!("equations: {:?}", start.elapsed());
        let start = Instant::now();
        let pattern = jacobian_sparsity(&rhs, &states);
        println!("pattern, {} entries: {:?}", pattern.len(), start.elapsed());
        time("jacobian", || jacobian_sparse(&rhs, &states));
    }
}

/// The equations of a network: `reactants products rate` per reaction, rates times a number where they say so.
fn network(text: &str) -> (Vec<Expr>, Vec<Symbol>) {
    let section = |name: &str| {
        let (begin, end) = (format!("begin {name}"), format!("end {name}"));
        let lines = text.lines().map(str::trim).skip_while(move |l| *l != begin).skip(1);
        lines.take_while(move |l| *l != end).collect::<Vec<_>>()
    };
    let states: Vec<Symbol> =
        (1..=section("species").len()).map(|i| Symbol::real(&format!("s{i}"))).collect();
    let mut terms: Vec<BTreeMap<String, (Expr, i64)>> = vec![BTreeMap::new(); states.len()];
    for line in section("reactions") {
        let mut words = line.split_whitespace().skip(1);
        let mut list = || -> Vec<usize> {
            let list =
                words.next().unwrap_or("").split(',').filter_map(|w| w.parse().ok()).collect::<Vec<_>>();
            list.into_iter().filter(|&w: &usize| w > 0).collect()
        };
        let (reactants, products) = (list(), list());
        let rate = line.split_whitespace().nth(3).unwrap_or("0");
        let Ok(rate) = parse::<Expr>(rate) else { continue };
        let mut flux = vec![rate];
        flux.extend(reactants.iter().map(|&r| Expr::symbol(states[r - 1])));
        let flux = Expr::product(&flux);
        let key = format!("{}", flux.stable_hash());
        for (species, change) in reactants.iter().map(|&r| (r, -1)).chain(products.iter().map(|&p| (p, 1))) {
            terms[species - 1].entry(key.clone()).or_insert((flux, 0)).1 += change;
        }
    }
    let equation = |terms: BTreeMap<String, (Expr, i64)>| {
        Expr::sum(&terms.into_values().map(|(flux, n)| Expr::int(n) * flux).collect::<Vec<_>>())
    };
    (terms.into_iter().map(equation).collect(), states)
}
