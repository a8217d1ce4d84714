//! A program that only runs artifacts holds no compiler: neither a library that it needs nor a symbol is LLVM's.

use object::elf::FileHeader64;
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol, elf};
use std::path::Path;

/// The libraries that an executable asks the loader for.
fn needed(bytes: &[u8]) -> Vec<String> {
    let header = FileHeader64::<Endianness>::parse(bytes).expect("an ELF file");
    let endian = header.endian().expect("an endianness");
    let segments = header.program_headers(endian, bytes).expect("segments");
    let dynamic =
        segments.iter().find_map(|s| s.dynamic(endian, bytes).expect("is readable")).expect("dynamic");
    let value = |tag: i64| dynamic.iter().find(|d| d.tag(endian) == tag).map(|d| d.d_val(endian));
    let (at, size) = (value(elf::DT_STRTAB).expect("names"), value(elf::DT_STRSZ).expect("their size"));
    let names = segments
        .iter()
        .find_map(|s| s.data_range(endian, bytes, at, size).expect("is readable"))
        .expect("names are loaded");
    let name = |start: u64| {
        let rest = &names[start as usize..];
        String::from_utf8_lossy(rest.split(|&b| b == 0).next().unwrap_or_default()).into_owned()
    };
    let wanted = dynamic.iter().filter(|d| d.tag(endian) == elf::DT_NEEDED);
    wanted.map(|d| name(d.d_val(endian))).collect()
}

fn assert_holds_no_compiler(path: &Path) {
    let bytes = std::fs::read(path).expect("is readable");
    let libraries = needed(&bytes);
    assert!(libraries.iter().any(|name| name.starts_with("libc.so")), "{libraries:?}");
    for name in &libraries {
        let system =
            ["libc.so", "libm.so", "libgcc_s.so", "ld-linux", "libdl.so", "libpthread.so", "librt.so"];
        assert!(system.iter().any(|known| name.starts_with(known)), "{} needs {name}", path.display());
    }
    let file = object::File::parse(bytes.as_slice()).expect("an ELF file");
    let foreign = |name: &&str| ["LLVM", "mlir", "cranelift", "rustpython"].iter().any(|c| name.contains(c));
    let found: Vec<&str> = file.symbols().filter_map(|s| s.name().ok()).filter(foreign).collect();
    assert!(found.is_empty(), "{} holds {:?}", path.display(), &found[..found.len().min(5)]);
}

#[test]
fn neither_this_program_nor_the_resident_one_holds_a_compiler() {
    // This test is itself linked with the runtime.
    let artifact = braid_runtime::Program::from_bytes(b"no artifact");
    assert!(artifact.is_err());
    let own = std::env::current_exe().expect("a test program");
    assert_holds_no_compiler(&own);
    // Cargo builds the example with the package's tests, but not if asked for this test alone.
    let resident = own.with_file_name("../examples/resident");
    if resident.exists() {
        assert_holds_no_compiler(&resident);
    }
}
