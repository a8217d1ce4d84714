//! Code generation for devices: what one thread takes for each kernel of the models.

use braid_backend::device;
use braid_tests::subject;
use std::collections::HashSet;

/// What was measured for a target.
pub struct Times {
    /// Different kernels.
    pub count: usize,
    pub mean_ms: f64,
    pub longest_ms: f64,
    /// The model of the kernel that took longest.
    pub model: String,
}

/// Compiles all models on one thread. Equal kernels of several models count once.
pub fn measure(target: &str) -> Times {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let (mut seen, mut total) = (HashSet::new(), 0.0);
    let mut longest = (0.0, String::new());
    for subject in subject::models() {
        let program = braid::read(&subject.options.source)
            .and_then(braid::optimise)
            .and_then(|net| braid::split(&net))
            .unwrap_or_else(|d| panic!("{}", d.render()));
        let code = pool.install(|| device::compile(&program, target)).unwrap_or_else(|why| panic!("{why}"));
        for (kernel, time) in code.kernels.iter().zip(&code.times) {
            if seen.insert(kernel.name.clone()) {
                let ms = time.as_secs_f64() * 1e3;
                total += ms;
                if ms > longest.0 {
                    longest = (ms, subject.name.clone());
                }
            }
        }
    }
    Times { count: seen.len(), mean_ms: total / seen.len() as f64, longest_ms: longest.0, model: longest.1 }
}
