//! Random straight-line nets, compiled and interpreted.

use super::*;

/// Grows one net by random operators over what is there.
struct Grower<'a, 'n> {
    builder: Builder<'n>,
    random: &'a mut Random,
    values: Vec<ValueId>,
}

impl Grower<'_, '_> {
    fn shape(&self, value: ValueId) -> Vec<i64> {
        let ty = self.builder.net.tensor_ty(value).expect("a tensor");
        ty.shape.iter().map(|d| d.as_int().expect("a number")).collect()
    }

    fn pick(&mut self) -> ValueId {
        // Recent values more often, so that chains get long.
        let n = self.values.len() as u64;
        let back = self.random.below(n).min(self.random.below(n));
        self.values[(n - 1 - back) as usize]
    }

    fn apply<const N: usize>(&mut self, name: &str, operands: &[ValueId], attrs: [(&'static str, Attr); N]) {
        let value = with(&mut self.builder, name, operands, attrs);
        let numel: i64 = self.shape(value).iter().product();
        if numel <= 4096 {
            self.values.push(value);
        }
    }

    fn step(&mut self) {
        let x = self.pick();
        let shape = self.shape(x);
        let rank = shape.len();
        let mut below = |limit: usize| self.random.below(limit as u64) as i64;
        match below(13) {
            0 | 1 => {
                let name = ["tanh", "relu", "negate", "sigmoid", "abs"][below(5) as usize];
                self.apply(name, &[x], []);
            }
            2 | 3 => {
                let name = ["add", "mul", "sub", "maximum", "minimum"][below(5) as usize];
                let y =
                    self.values.iter().copied().filter(|&y| fits(&shape, &self.shape(y))).collect::<Vec<_>>();
                let y = y[self.random.below(y.len() as u64) as usize];
                self.apply(name, &[x, y], []);
            }
            4 if rank > 0 => {
                let axes: Vec<i64> = (0..rank as i64).filter(|_| below(2) == 0).collect();
                let keep = below(2) == 0;
                let name = ["reduce_mean", "reduce_max", "reduce_min"][below(3) as usize];
                self.apply(name, &[x], [("axes", ints(&axes)), ("keepdims", Attr::Bool(keep))]);
            }
            5 => {
                let mut rest: i64 = shape.iter().product();
                let mut new = vec![];
                while rest > 1 && new.len() < 3 {
                    let divisors: Vec<i64> = (1..=rest).filter(|d| rest % d == 0).collect();
                    let d = divisors[below(divisors.len()) as usize];
                    new.push(d);
                    rest /= d;
                }
                new.push(rest);
                self.apply("reshape", &[x], [("shape", ints(&new))]);
            }
            6 if rank > 1 => {
                let mut order: Vec<i64> = (0..rank as i64).collect();
                for i in (1..rank).rev() {
                    order.swap(i, below(i + 1) as usize);
                }
                self.apply("transpose", &[x], [("permutation", ints(&order))]);
            }
            7 if rank > 0 && shape.iter().all(|&d| d > 0) => {
                let start: Vec<i64> = shape.iter().map(|&d| below(d as usize)).collect();
                let limit: Vec<i64> =
                    shape.iter().zip(&start).map(|(&d, &s)| s + 1 + below((d - s) as usize)).collect();
                let stride: Vec<i64> = shape.iter().map(|_| 1 + below(2)).collect();
                self.apply(
                    "slice",
                    &[x],
                    [("start", ints(&start)), ("limit", ints(&limit)), ("stride", ints(&stride))],
                );
            }
            8 if rank > 0 => {
                let low: Vec<i64> = shape.iter().map(|_| below(3)).collect();
                let high: Vec<i64> = shape.iter().map(|_| below(3)).collect();
                self.apply("pad", &[x], [("low", ints(&low)), ("high", ints(&high))]);
            }
            9 if rank > 0 => {
                let axis = below(rank);
                self.apply("concat", &[x, x], [("axis", Attr::Int(axis))]);
            }
            10 if rank > 0 => {
                let axis = below(rank);
                self.apply("softmax", &[x], [("axis", Attr::Int(axis))]);
            }
            11 if rank >= 2 => {
                let inner = shape[rank - 1];
                let y = self.values.iter().copied().filter(|&y| {
                    let other = self.shape(y);
                    other.len() == 2 && other[0] == inner
                });
                let y = y.collect::<Vec<_>>();
                if !y.is_empty() {
                    let y = y[self.random.below(y.len() as u64) as usize];
                    self.apply("matmul", &[x, y], []);
                }
            }
            12 if rank == 3 => {
                let x4 = with(
                    &mut self.builder,
                    "reshape",
                    &[x],
                    [("shape", ints(&[1, shape[0], shape[1], shape[2]]))],
                );
                let w = self.values[0];
                let (c, o) = (self.shape(w)[1], self.shape(w)[0]);
                if c == shape[0] && o > 0 && shape[1] > 1 && shape[2] > 1 {
                    let stride = 1 + self.random.below(2) as i64;
                    let y = conv(&mut self.builder, x4, w, &[stride, stride], &[1, 1], 1);
                    self.values.push(y);
                    let shape = self.shape(y);
                    self.apply("reshape", &[y], [("shape", ints(&shape[1..]))]);
                }
            }
            _ => self.apply("reverse", &[x], [("axes", ints(&(0..rank as i64).collect::<Vec<_>>()))]),
        }
    }
}

/// Whether `y` broadcasts with `x`.
fn fits(x: &[i64], y: &[i64]) -> bool {
    x.iter().rev().zip(y.iter().rev()).all(|(a, b)| a == b || *a == 1 || *b == 1)
}

#[test]
fn random_nets_compute_what_the_interpreter_computes() {
    for (seed, target) in targets().into_iter().enumerate() {
        compare(&target, 2024 + seed as u64);
    }
}

/// Random nets on one processor.
fn compare(target: &Target, seed: u64) {
    const NETS: usize = 20;
    const STEPS: usize = 16;
    let mut random = Random(seed);
    let types = [f32s(&[12, 4, 3, 3]), f32s(&[4, 6, 9]), f32s(&[9, 20]), f32s(&[17])];
    let mut program = Program::default();
    for _ in 0..NETS {
        let mut net = Net::new("random");
        let params: Vec<ValueId> = types.iter().map(|ty| net.add_input("x", ty.clone())).collect();
        let builder = Builder::new(&mut net, Net::ENTRY, Default::default());
        let mut grower = Grower { builder, random: &mut random, values: params.clone() };
        for _ in 0..STEPS {
            grower.step();
        }
        let mut results: Vec<ValueId> = grower.values.iter().rev().take(3).copied().collect();
        results.retain(|v| !params.contains(v));
        grower.builder.end(Terminator::Return(results));
        program.subnets.push(Subnet { net, dims: vec![] });
    }
    let kernels = compile(&program, target, None, &|_, _| {}).expect("it compiles");
    let library = Library::link(&kernels);
    for (subnet, code) in program.subnets.iter().zip(&kernels.subnets) {
        let args: Vec<Arc<Tensor>> = types
            .iter()
            .map(|ty| Arc::new(random.tensor(ty.dtype, &ty.fixed_shape().expect("numbers"))))
            .collect();
        let expected = run(&subnet.net, &args, &Options::default()).expect("the interpreter runs it").outputs;
        let results: Vec<(DType, Vec<usize>)> =
            expected.iter().map(|t| (t.dtype(), t.shape().to_vec())).collect();
        let mut call = library.call(code, &args.iter().map(|a| &**a).collect::<Vec<_>>(), &results, &[]);
        call.run();
        for (i, (dtype, shape)) in results.iter().enumerate() {
            let actual = call.result(i, *dtype, shape);
            let largest = expected[i].scalars().map(|e| e.as_f64().abs()).fold(0.0, f64::max);
            for (at, (a, e)) in actual.scalars().zip(expected[i].scalars()).enumerate() {
                let (a, e) = (a.as_f64(), e.as_f64());
                let near = (a - e).abs() <= 1e-4 * (1.0 + largest);
                assert!(
                    near,
                    "result {i} at {at}: {a} instead of {e} in\n{}",
                    braid_ir::text::print_net(&subnet.net)
                );
            }
        }
    }
}
