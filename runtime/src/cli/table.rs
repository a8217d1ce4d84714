//! Tables of text, columns aligned.

/// Rows under a header; the first column and those of texts are aligned left, the others right.
pub(super) struct Table {
    texts: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these column names.
    pub fn new(header: &[&str]) -> Table {
        Table { texts: vec![0], rows: vec![header.iter().map(|h| h.to_string()).collect()] }
    }

    /// The same with this column aligned left.
    pub fn text(mut self, column: usize) -> Table {
        self.texts.push(column);
        self
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Prints it to stdout.
    pub fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                let gap = if column > 0 { "  " } else { "" };
                if self.texts.contains(&column) {
                    line.push_str(&format!("{gap}{cell}{pad}"));
                } else {
                    line.push_str(&format!("{gap}{pad}{cell}"));
                }
            }
            println!("{}", line.trim_end());
        }
    }
}

/// Nanoseconds for a reader: `812 ns`, `41.2 µs`, `3.10 ms`, `1.20 s`.
pub fn duration(ns: u64) -> String {
    let ns = ns as f64;
    match ns {
        _ if ns < 1e3 => format!("{ns:.0} ns"),
        _ if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        _ if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        _ => format!("{:.2} s", ns / 1e9),
    }
}

/// Bytes for a reader: `812 B`, `41.2 KiB`, `3.1 MiB`.
pub fn bytes(count: u64) -> String {
    let count = count as f64;
    match count {
        _ if count < 1024.0 => format!("{count} B"),
        _ if count < 1048576.0 => format!("{:.1} KiB", count / 1024.0),
        _ => format!("{:.1} MiB", count / 1048576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_readers() {
        assert_eq!(
            [duration(812), duration(41_200), duration(3_100_000), duration(1_200_000_000)],
            ["812 ns", "41.2 µs", "3.10 ms", "1.20 s"]
        );
        assert_eq!([bytes(812), bytes(42_189), bytes(3_250_586)], ["812 B", "41.2 KiB", "3.1 MiB"]);
    }
}
