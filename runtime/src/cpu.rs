//! Which features this machine's processor has, by LLVM's names.

macro_rules! features {
    ($($llvm:literal $rust:tt;)*) => {
        /// Every feature that this runtime can test for.
        pub const KNOWN: &[&str] = &[$($llvm),*];

        /// Whether this machine has a feature; `None` if there is no test for it.
        pub fn has(feature: &str) -> Option<bool> {
            match feature {
                $($llvm => Some(std::arch::is_x86_feature_detected!($rust)),)*
                _ => None,
            }
        }
    };
}

features! {
    "sse3" "sse3";
    "ssse3" "ssse3";
    "sse4.1" "sse4.1";
    "sse4.2" "sse4.2";
    "popcnt" "popcnt";
    "lzcnt" "lzcnt";
    "movbe" "movbe";
    "bmi" "bmi1";
    "bmi2" "bmi2";
    "fma" "fma";
    "f16c" "f16c";
    "avx" "avx";
    "avx2" "avx2";
    "avxvnni" "avxvnni";
    "avx512f" "avx512f";
    "avx512cd" "avx512cd";
    "avx512bw" "avx512bw";
    "avx512dq" "avx512dq";
    "avx512vl" "avx512vl";
    "avx512ifma" "avx512ifma";
    "avx512vbmi" "avx512vbmi";
    "avx512vbmi2" "avx512vbmi2";
    "avx512vnni" "avx512vnni";
    "avx512bitalg" "avx512bitalg";
    "avx512vpopcntdq" "avx512vpopcntdq";
    "avx512bf16" "avx512bf16";
    "avx512fp16" "avx512fp16";
    "avx512vp2intersect" "avx512vp2intersect";
    "gfni" "gfni";
    "vaes" "vaes";
    "vpclmulqdq" "vpclmulqdq";
    "aes" "aes";
    "pclmul" "pclmulqdq";
    "sha" "sha";
    "adx" "adx";
    "rdrnd" "rdrand";
    "rdseed" "rdseed";
    "sse4a" "sse4a";
}

/// The features of `needed` that this machine lacks, as a list for a reader; `None` if it has all.
pub fn missing(needed: &[String]) -> Option<String> {
    let missing: Vec<&str> = needed.iter().map(String::as_str).filter(|f| has(f) != Some(true)).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}
