//! Devices that there are not, or not here; and what is told of kernels for those that there are.

use super::Desk;
use braid::Tensor;
use braid::runtime::cases::{self, Case};

const MODEL: &str = "\
def f(x):
    return (x * 2).softmax(1)
";

/// A desk with the model.
fn desk(name: &str) -> Desk {
    let desk = Desk::new(name);
    desk.write("model.py", MODEL);
    desk
}

const COMPILE: [&str; 4] = ["--build", "f", "--input", "x=f32[8,64]"];

fn for_target(target: &str) -> Vec<&str> {
    COMPILE.iter().copied().chain(["--target", target]).collect()
}

#[test]
fn an_unknown_target() {
    let desk = desk("unknown_target");
    for target in ["amdgpu:gfx1", "amdgpu", "cuda:sm_1", "vulkan:0", "tpu"] {
        let named = format!("no target named {target}");
        desk.compile(&for_target(target)).refused(&[&named, "cuda:sm_90", "vulkan", "amdgpu:gfx942"]);
        desk.has_no_output();
    }
}

#[test]
fn a_linker_that_is_none() {
    let desk = desk("no_linker");
    for (linker, why) in [("absent", "No such file"), ("model.py", "model.py")] {
        let arguments =
            [&["compile", "model.py", "-o", "out.braid"][..], &for_target("amdgpu:gfx942")].concat();
        desk.run_where(&[("BRAID_LLD", linker)], &arguments).refused(&[
            "which makes code objects",
            linker,
            why,
        ]);
        desk.has_no_output();
    }
}

#[test]
fn code_without_a_driver() {
    let desk = desk("no_driver");
    desk.compiled(&for_target("amdgpu:gfx1100"));
    let case = Case {
        number: 0,
        inputs: vec![(
            "x".to_string(),
            Tensor::f32(&[8, 64], &[1.0; 512]).expect("as many values as the shape asks for"),
        )],
        outputs: vec![],
        error: None,
    };
    cases::write(&desk.folder.join("cases.npz"), &[case]).expect("the target folder is writable");
    let run = ["run", "out.braid", "--inputs", "cases.npz", "--outputs", "results.npz"];
    desk.run(&[&run[..], &["--device", "amdgpu"]].concat()).refused(&["device amdgpu", "no driver"]);
    assert!(!desk.folder.join("results.npz").exists());
    assert_eq!(desk.run(&run).code, Some(0), "the CPU's code is there as ever");
}

#[test]
fn what_kernels_need_is_listed() {
    let desk = desk("listed");
    desk.compiled(&for_target("amdgpu:gfx90a"));
    let told = desk.run(&["inspect", "out.braid", "--kernels"]).stdout;
    let row = |start: &str| {
        told.lines()
            .find(|line| line.starts_with(start))
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
    };
    let kernel = row("kernel_").unwrap_or_else(|| panic!("no kernel in:\n{told}"));
    let registers: Option<u32> = kernel.get(4).and_then(|cell| cell.parse().ok());
    assert!(registers.is_some_and(|count| (1..=128).contains(&count)), "{told}");
    assert_eq!(kernel[5..7], ["0", "B"], "nothing is spilled:\n{told}");
    // Reads and writes 512 numbers.
    let launch = row("s0").unwrap_or_else(|| panic!("no launch in:\n{told}"));
    assert!(launch.contains(&"4096"), "{told}");

    desk.compiled(&COMPILE);
    let told = desk.run(&["inspect", "out.braid", "--kernels"]).stdout;
    assert!(told.ends_with("no kernels for devices; compile with --target\n"), "{told}");
}
