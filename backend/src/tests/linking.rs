//! The linker, on objects that a C compiler makes: every kind of reference that it knows, and what it refuses.

use crate::link::{LinkError, Objects};
use braid_runtime::{DType, Program, RunOptions, artifact, manifest};
use std::process::Command;

/// Compiles C to an object.
fn object(name: &str, source: &str, flags: &[&str]) -> Vec<u8> {
    let folder = std::env::temp_dir();
    let path = |ending: &str| folder.join(format!("braid-link-{}-{name}.{ending}", std::process::id()));
    std::fs::write(path("c"), source).expect("writes");
    let status = Command::new("cc")
        .args(["-O2", "-c", "-fPIC", "-fno-asynchronous-unwind-tables", "-o"])
        .args([path("o"), path("c")])
        .args(flags)
        .status();
    assert!(status.expect("cc is there").success());
    let bytes = std::fs::read(path("o")).expect("reads");
    for ending in ["c", "o"] {
        std::fs::remove_file(path(ending)).expect("removes");
    }
    bytes
}

fn imports(name: &str) -> bool {
    braid_runtime::imports::names().any(|known| known == name)
}

/// Code of two objects that call each other, a function of the runtime, constants, and a table of addresses.
#[test]
fn objects_become_one_image() {
    let first = "
        double braid_exp(double);
        long other(long);
        extern const int shared[4];
        static const double table[3] = {1.5, 2.5, 3.5};
        static long one(long x) { return x + 1; }
        static long two(long x) { return x + shared[1]; }
        long (*const jump[2])(long) = {one, two};
        static long sum(long i) { return jump[i](other(i)) + (long)(table[i] + braid_exp(0)); }
        struct ctx { long *arena; const void *w, *in, *dims; void *slots; void **values; long *ints; long site; };
        int host(struct ctx *c) {
            for (long i = 0; i < 2; i++) c->arena[i] = sum(i);
            c->values[0] = c->arena;
            c->site = 0;
            return 0;
        }";
    let second = "const int shared[4] = {10, 20, 30, 40}; long other(long x) { return x * 3; }";
    let mut objects = Objects::default();
    objects.add_elf(&object("first", first, &[])).expect("adds");
    objects.add_elf(&object("second", second, &[])).expect("adds");
    let linked = objects.link(&imports).expect("links");
    assert_eq!(
        linked.layout.imports.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(),
        ["braid_exp"]
    );
    assert!(linked.layout.text_bytes.is_multiple_of(4096) && linked.bytes.len().is_multiple_of(4096));
    let inside = |at: u64| at >= linked.layout.text_bytes && at + 8 <= linked.bytes.len() as u64;
    assert!(linked.layout.imports.iter().all(|(at, _)| inside(*at)), "addresses are not in the code");
    assert!(linked.layout.relative.len() >= 2 && linked.layout.relative.iter().all(|(at, _)| inside(*at)));

    // The image is run as the host program of an artifact.
    let mut manifest =
        manifest::Manifest { arena_bytes: 64, image: linked.layout.clone(), ..Default::default() };
    manifest.image.entry = linked.symbols["host"];
    manifest.image.entry_traced = linked.symbols["host"];
    let pair = manifest::Value::Tensor {
        dtype: DType::I64,
        shape: vec![manifest::Size::Fixed(2)],
        text: "i64[2]".to_string(),
    };
    manifest.returns.push(manifest::Return { loc: manifest::Loc::default(), values: vec![pair] });
    let bytes = artifact::encode(&manifest, &linked.bytes, &[], &[]).expect("encodes");
    let outputs = Program::from_bytes(&bytes).expect("loads").run(&[], RunOptions::default()).expect("runs");
    assert_eq!(outputs[0].to_i64().expect("i64"), [1 + 2, 23 + 3]);
}

#[test]
fn what_an_image_cannot_hold_is_refused() {
    let link = |source: &str| {
        let mut objects = Objects::default();
        objects.add_elf(&object("refused", source, &[]))?;
        objects.link(&imports).map(|_| ())
    };
    assert!(matches!(link("static int n; int host(void) { return n++; }"), Err(LinkError::Unsupported(_))));
    assert!(
        matches!(link("int puts(const char *); int host(void) { return puts(\"\"); }"), Err(LinkError::Undefined(name)) if name == "puts")
    );
    let mut objects = Objects::default();
    objects.add_elf(&object("once", "int host(void) { return 1; }", &[])).expect("adds");
    let twice = objects.add_elf(&object("twice", "int host(void) { return 2; }", &[]));
    assert!(matches!(twice, Err(LinkError::Twice(name)) if name == "host"));
    assert!(matches!(Objects::default().add_elf(b"not an object"), Err(LinkError::Object(_))));
}
