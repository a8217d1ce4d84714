//! scratch
use braid_backend::scalar;
use braid_symbolic::lower::{Options, lower};
use braid_symbolic::models::network::Network;
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let t = Instant::now();
    let net = Network::parse(&text).unwrap();
    println!("parse {:?}", t.elapsed());
    let inputs = net.inputs();
    let point: Vec<f64> = (0..net.states.len())
        .map(|i| 0.5 + (i as f64 * 0.37).fract())
        .chain(net.values.iter().copied())
        .collect();
    for opts in [
        Options { factor: true, pairs: false, fuse: true },
        Options { factor: true, pairs: true, fuse: false },
        Options { factor: true, pairs: true, fuse: true },
    ] {
        let t = Instant::now();
        let tape = lower(&net.rhs, &inputs, &opts).unwrap();
        println!("lower {:?} {} ops", t.elapsed(), tape.operations());
        for chunk in [250, 500, 1000, 2000, 4000] {
            let t = Instant::now();
            let f = scalar::Function::compile(
                &tape,
                &scalar::Options { tier: scalar::Tier::Cranelift, chunk: Some(chunk), ..Default::default() },
            )
            .unwrap();
            let c = t.elapsed();
            let mut out = vec![0.0; net.rhs.len()];
            let mut best = f64::INFINITY;
            for _ in 0..2000 {
                let t = Instant::now();
                f.call(&point, &mut out);
                best = best.min(t.elapsed().as_secs_f64());
            }
            println!(
                "  chunk {chunk}: compile {c:?}, eval {:.2} us, code {} bytes",
                best * 1e6,
                f.code_size()
            );
        }
    }
}
