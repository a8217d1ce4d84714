//! LLVM stays to ourselves: a graphics driver that is loaded into this process brings another LLVM, which must not find ours.

fn main() {
    println!("cargo:rustc-link-arg=-Wl,--exclude-libs,ALL");
    println!("cargo:rerun-if-changed=build.rs");
}
