//! What happens where the arithmetic of sizes leaves the range of its integers.
//!
//! Sizes come from models, so that it may happen anywhere: in a row's inference as in the backend's sums of bytes. Operators
//! on terms cannot fail, or no formula would be readable. They unwind, without a panic's message, to the next
//! [`within_range`] around them: at each inference, and around whole compilations.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What unwinds.
struct OutOfRange(String);

/// Leaves for the next [`within_range`].
pub(super) fn leave(why: String) -> ! {
    resume_unwind(Box::new(OutOfRange(why)))
}

/// What `f` gives. It must leave nothing half done that is used again when it fails.
///
/// # Errors
/// If arithmetic of terms on the way leaves the range of its integers; anything else that unwinds goes on.
pub fn within_range<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).or_else(|payload| match payload.downcast::<OutOfRange>() {
        Ok(out) => Err(out.0),
        Err(other) => resume_unwind(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sym, Term};

    #[test]
    fn arithmetic_out_of_range_is_an_error_of_what_it_is_part_of() {
        let n = Term::sym(Sym::named("range_test_n"));
        let large = Term::int(1 << 40);
        assert_eq!(within_range(|| n * large), Ok(n * large));
        let why = within_range(|| n * large * large).expect_err("2^80 is no coefficient");
        assert!(why.contains("64-bit"), "{why}");
    }

    #[test]
    fn a_product_of_very_many_sizes_is_refused_before_it_is_written_out() {
        let (n, m) = (Term::sym(Sym::named("range_test_n")), Term::sym(Sym::named("range_test_m")));
        let squared = |start: Term| {
            within_range(|| (0..40).fold(start, |term, _| term * term)).expect_err("too many parts")
        };
        assert!(squared(n).contains("parts"), "{}", squared(n));
        let why = squared(n + m + Term::int(1));
        assert!(why.contains("parts") || why.contains("64-bit"), "{why}");
    }

    #[test]
    fn other_panics_go_on() {
        let result = catch_unwind(|| within_range(|| std::panic::panic_any("ours")));
        assert_eq!(result.expect_err("it panics").downcast_ref::<&str>(), Some(&"ours"));
    }
}
