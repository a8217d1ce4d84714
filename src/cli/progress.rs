//! What a compilation is doing, on a terminal; nothing in a pipe.

use braid::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A spinner with the phase, and `kernels k/n` while kernels are compiled.
pub struct Terminal {
    bar: ProgressBar,
}

impl Terminal {
    /// Draws to stderr if that is a terminal.
    pub fn new() -> Terminal {
        let bar = ProgressBar::new_spinner();
        let style =
            ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("a well-formed template");
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Terminal { bar }
    }

    /// Removes what was drawn.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Terminal {
    fn phase(&self, name: &str) {
        self.bar.set_message(name.to_string());
    }

    fn kernel(&self, done: usize, total: usize) {
        self.bar.set_message(format!("kernels {done}/{total}"));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.clear();
    }
}
