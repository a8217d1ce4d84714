//! What four warps do together: products of matrices in workgroup memory (`wgmma`), as the PTX ISA lays them out.

use super::launch::{Launch, Purpose, address};
use super::warp::{LANES, Part};
use half::{bf16, f16};

/// Threads that multiply together.
pub const THREADS: usize = 4 * LANES;
/// Rows of a product, and products of each of its sums, of one instruction.
const ROWS: usize = 64;
const DEPTH: usize = 16;
/// Bytes of a row of eight elements.
const RUN: u64 = 16;

/// `D += A B`, several one after the other, and waits for them. Its operands are pairs of descriptions of `A` and `B`, then `D`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product {
    columns: usize,
    count: usize,
    half: bool,
    /// Whether `A`, and `B`, lie with their own axis innermost, and not the sum's.
    across: [bool; 2],
}

impl Product {
    /// What a text does that starts products, ends their group and waits for it.
    pub fn named(text: &str) -> Option<Product> {
        const NAME: &str = "wgmma.mma_async.sync.aligned.m64n";
        let count = text.matches(NAME).count();
        let (before, rest) = text.split_once(NAME)?;
        let (columns, rest) = rest.split_once("k16.f32.")?;
        let (types, rest) = rest.split_once(' ')?;
        let half = match types {
            "f16.f16" => true,
            "bf16.bf16" => false,
            _ => return None,
        };
        let (_, flags) = rest.split_once(", p, 1, 1, ")?;
        let (flags, _) = flags.split_once(';')?;
        let (first, second) = flags.split_once(", ")?;
        let across = [first, second].map(|flag| flag == "1");
        let ordered = before.contains("wgmma.fence.sync.aligned;")
            && rest.contains("wgmma.commit_group.sync.aligned;")
            && rest.contains("wgmma.wait_group.sync.aligned 0;");
        ordered.then_some(Product { columns: columns.parse().ok()?, count, half, across })
    }

    /// Multiplies for the threads of four warps.
    ///
    /// # Errors
    /// What one of the threads does wrong, told by [`Launch`].
    ///
    /// # Safety
    /// The arguments and results must be of the text's operands.
    pub unsafe fn run(self, parts: &[Part], launch: &mut Launch) -> Result<(), String> {
        let places = 2 * self.count;
        // SAFETY: descriptions come first.
        let described = |part: &Part, i: usize| unsafe { part.arguments.cast::<u64>().add(i).read() };
        // Thread `t` has of row `16 (t / 32) + t % 32 / 4 + 8 (i / 2 % 2)` column `8 (i / 4) + 2 (t % 4) + i % 2`.
        let own = self.columns / 2;
        let place = |thread: usize, i: usize| {
            let row = thread / LANES * 16 + thread % LANES / 4 + 8 * (i / 2 % 2);
            row * self.columns + 8 * (i / 4) + thread % 4 * 2 + i % 2
        };
        let mut sums = vec![0f32; ROWS * self.columns];
        for (thread, part) in parts.iter().enumerate() {
            if (0..places).any(|i| described(part, i) != described(&parts[0], i)) {
                return Err(launch.told(part.thread, "multiplies other matrices than its group"));
            }
            for i in 0..own {
                // SAFETY: then come the totals.
                sums[place(thread, i)] =
                    unsafe { part.arguments.add(8 * places).cast::<f32>().add(i).read() };
            }
        }
        let thread = parts[0].thread;
        for step in 0..self.count {
            let a = self.matrix(described(&parts[0], 2 * step), self.across[0], ROWS, thread, launch)?;
            let b = self.matrix(
                described(&parts[0], 2 * step + 1),
                self.across[1],
                self.columns,
                thread,
                launch,
            )?;
            for (at, sum) in sums.iter_mut().enumerate() {
                let (row, column) = (&a[at / self.columns], &b[at % self.columns]);
                // The hardware's order of summation is not told; this is within its error.
                let more: f64 = row.iter().zip(column).map(|(x, y)| x * y).sum();
                *sum = (f64::from(*sum) + more) as f32;
            }
        }
        for (thread, part) in parts.iter().enumerate() {
            for i in 0..own {
                // SAFETY: there are as many results.
                unsafe { part.result.cast::<f32>().add(i).write(sums[place(thread, i)]) };
            }
        }
        Ok(())
    }

    /// Rows of a matrix of 16 columns, where the sum is along its columns.
    fn matrix(
        self,
        description: u64,
        across: bool,
        rows: usize,
        thread: usize,
        launch: &mut Launch,
    ) -> Result<Vec<[f64; DEPTH]>, String> {
        let field = |from: u32| (description >> from & 0x3fff) << 4;
        let (start, leading, stride) = (field(0), field(16), field(32));
        let mixing = match description >> 62 {
            1 => 8,
            2 => 4,
            _ => return Err(launch.told(thread, "multiplies a matrix that the executor cannot read")),
        };
        if across && mixing != 8 {
            return Err(launch.told(thread, "multiplies a matrix that the executor cannot read"));
        }
        let mut result = vec![[0.0; DEPTH]; rows];
        let (lines, runs) = if across { (DEPTH, rows / 8) } else { (rows, DEPTH / 8) };
        for line in 0..lines {
            for run in 0..runs {
                let (group, within) = (line as u64 / 8, line as u64 % 8);
                let panel = if across { run as u64 / 8 * leading } else { 0 };
                let run_at = if across { run as u64 % 8 } else { run as u64 };
                let at = start + group * stride + within * mixing * RUN + panel + run_at * RUN;
                // Runs of 16 bytes change places within 128 (or 64) bytes by what comes above in the address.
                let at = at ^ (at >> 7 & (mixing - 1)) << 4;
                let found = launch.access(thread, address(0) + at, RUN, RUN, Purpose::Read)?;
                for i in 0..8 {
                    // SAFETY: there are 16 bytes.
                    let bits = unsafe { found.cast::<u16>().add(i).read() };
                    let value = if self.half {
                        f16::from_bits(bits).to_f64()
                    } else {
                        bf16::from_bits(bits).to_f64()
                    };
                    let (row, column) = if across { (8 * run + i, line) } else { (line, 8 * run + i) };
                    result[row][column] = value;
                }
            }
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_understood() {
        let one = |a, b| {
            format!(
                "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {{$0, $1, $2, $3}}, ${a}, ${b}, p, 1, 1, 0, 1; "
            )
        };
        let start = "{ .reg .pred p; setp.ne.b32 p, 1, 0; wgmma.fence.sync.aligned; ";
        let end = "wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0; }";
        let text = format!("{start}{}{}{end}", one(4, 5), one(6, 7));
        let expected = Product { columns: 8, count: 2, half: false, across: [false, true] };
        assert_eq!(Product::named(&text), Some(expected));
        // Without the wait, registers would be read before they are written.
        assert_eq!(Product::named(&text.replace("wgmma.wait_group.sync.aligned 0; ", "")), None);
    }
}
