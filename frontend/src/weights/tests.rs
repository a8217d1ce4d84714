//! Checkpoints made by real PyTorch (`data/make.py`), and the same with their bytes altered.

use super::*;
use braid_ir::DType;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/weights/data").join(name)
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.scalars().map(|s| s.as_f64()).collect()
}

fn refusal(name: &str) -> String {
    load(&path(name)).unwrap_err().render()
}

#[test]
fn both_formats_give_the_same_tensors() {
    let zip = load(&path("plain.pt")).unwrap();
    let safetensors = load(&path("plain.safetensors")).unwrap();
    assert_eq!(zip.len(), 9);
    for (name, tensor) in &zip {
        assert_eq!(tensor, &safetensors[name], "{name}");
    }
    assert_eq!(zip["linear.weight"].shape(), [2, 3]);
    assert_eq!(values(&zip["linear.weight"]), [0., 1., 2., 6., 7., 8.]);
    assert_eq!((zip["linear.bias"].dtype(), values(&zip["linear.bias"])), (DType::F64, vec![0.5, -1.5]));
    assert_eq!((zip["half"].dtype(), values(&zip["half"])), (DType::F16, vec![1., -2.]));
    assert_eq!((zip["brain"].dtype(), values(&zip["brain"])), (DType::BF16, vec![3., 0.25]));
    assert_eq!((zip["count"].rank(), values(&zip["count"])), (0, vec![7.]));
    assert_eq!(values(&zip["bytes"]), [1., 255.]);
    assert_eq!(values(&zip["small"]), [-1., 2.]);
    assert_eq!((zip["mask"].dtype(), values(&zip["mask"])), (DType::Bool, vec![1., 0., 1.]));
    assert_eq!(zip["empty"].shape(), [0, 3]);
}

#[test]
fn views_of_a_shared_storage() {
    let views = load(&path("views.pt")).unwrap();
    assert_eq!(views["base"].shape(), [4, 6]);
    assert_eq!(views["t"].shape(), [6, 4]);
    assert_eq!(values(&views["t"])[..5], [0., 6., 12., 18., 1.]);
    assert_eq!(values(&views["column"]), [6., 8., 10., 12., 14., 16., 18., 20., 22.]);
    assert_eq!(values(&views["row"])[6..], [0., 1., 2., 3., 4., 5., 0., 1., 2., 3., 4., 5.]);
    assert!(Arc::ptr_eq(&views["base"], &views["again"]), "a tied weight is one tensor");
}

/// From before the zip files: pickles and storages one after the other.
#[test]
fn old_checkpoints() {
    let weights = load(&path("legacy.pt")).unwrap();
    assert_eq!(weights.keys().collect::<Vec<_>>(), ["weight", "bias"]);
    assert_eq!(values(&weights["weight"]), [0., 1., 2., 6., 7., 8.]);
    assert_eq!(values(&weights["bias"]), [0., 0.]);
    let mut evil = std::fs::read(path("legacy.pt")).unwrap();
    let at = evil.windows(11).position(|w| w == b"collections").unwrap();
    evil.splice(at..at + 23, *b"posix\nsystem");
    assert!(read(&evil).unwrap_err().message.contains("`posix.system`"));
}

#[test]
fn what_training_scripts_wrap_around_a_state_dict() {
    for name in ["wrapped.pt", "parallel.pth", "protocol4.pt", "training2.pt", "training4.pt", "named.pt"] {
        let weights = load(&path(name)).unwrap();
        let (prefix, names) = match name {
            "parallel.pth" => ("module.", ["module.weight", "module.bias"]),
            _ => ("", ["weight", "bias"]),
        };
        assert_eq!(weights.keys().collect::<Vec<_>>(), names, "{name}");
        assert_eq!(values(&weights[&format!("{prefix}weight")]), [0., 1., 2., 6., 7., 8.], "{name}");
    }
    assert_eq!(load(&path("namespace.pt")).unwrap().keys().collect::<Vec<_>>(), ["w"]);
    assert_eq!(values(&load(&path("untyped.pt")).unwrap()["wide"]), [1., 65535.]);
    assert!(refusal("two.pt").contains("several state dicts: `model`, `net`"));
    assert!(refusal("list.pt").contains("does not hold a dict of tensors"));
    assert!(refusal("complex.pt").contains("elements of type ComplexFloat, which Braid does not have"));
}

#[test]
fn nothing_off_the_whitelist_is_executed() {
    for (name, global) in [("evil.pt", "`posix.system`"), ("module.pt", "`torch.nn.modules.linear.Linear`")] {
        let refusal = refusal(name);
        assert!(refusal.contains(global) && refusal.contains("nothing of it was executed"), "{refusal}");
        assert!(refusal.contains("help: save only the module's state_dict()"), "{refusal}");
    }
    assert!(!path("executed").exists() && !PathBuf::from("executed").exists());
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(read(&tar).unwrap_err().message.contains("tar file"));
    assert!(refusal("make.py").contains("neither a safetensors file nor a PyTorch zip checkpoint"));
    assert!(refusal("absent.pt").contains("cannot read the weights"));
    assert!(refusal("").contains("it is a folder"));
    assert!(read(b"").is_err());
    assert!(read(b"\x80\x02}.").unwrap_err().message.contains("bare pickle"));
}

/// A header of 0x80 bytes makes a safetensors file begin like a pickle.
#[test]
fn a_safetensors_file_that_begins_like_a_pickle() {
    let header = r#"{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#;
    let bytes = [&0x80u64.to_le_bytes()[..], format!("{header:<128}").as_bytes(), &[3, 4]].concat();
    assert_eq!(values(&read(&bytes).unwrap()["w"]), [3., 4.]);
}

/// A safetensors file with this header before this many zeros.
fn safetensors(header: &str, zeros: usize) -> Result<Weights, Refused> {
    read(&[&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; zeros]].concat())
}

#[test]
fn malformed_safetensors() {
    let entry = |name: &str, dtype: &str, shape: &str, from: i64, to: i64| {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let two = |other: String| format!("{{{},{other}}}", entry("w", "F32", "[2]", 0, 8));
    assert!(safetensors(&two(entry("v", "F32", "[2]", 8, 16)), 16).is_ok());
    for (header, zeros, what) in [
        (two(entry("v", "F32", "[2]", 8, 16)), 8, "not fully covered"),
        (two(entry("v", "F32", "[2]", 4, 12)), 12, "invalid offset"),
        (two(entry("v", "F32", "[2]", 12, 20)), 20, "invalid offset"),
        (two(entry("v", "F32", "[2]", 16, 8)), 16, "invalid offset"),
        (two(entry("w", "F32", "[2]", 8, 16)), 16, "invalid offset"),
        (two(entry("v", "F32", "[3]", 8, 16)), 16, "invalid shape"),
        (two(entry("v", "F32", "[4611686018427387904,4611686018427387904]", 8, 16)), 16, "overflow"),
        (two(entry("v", "F32", "[-2]", 8, 16)), 16, "-2"),
        (two(entry("v", "F33", "[2]", 8, 16)), 16, "F33"),
        (two(entry("v", "F8_E4M3", "[8]", 8, 16)), 16, "`v` has elements of type F8_E4M3"),
        ("{\"w\": nonsense}".to_string(), 8, "header"),
        (format!("{{\"w\":{}", "[".repeat(100_000)), 8, "header"),
    ] {
        let message = safetensors(&header, zeros).unwrap_err().message;
        assert!(message.contains(what), "{what}: {message}");
    }
    for length in [0, 1, 1 << 20, u64::MAX] {
        assert!(read(&[&length.to_le_bytes()[..], b"{}"].concat()).is_err());
    }
}

/// Every file cut at every length and with every byte altered: an error or other tensors, never a panic.
#[test]
fn altered_bytes_never_panic() {
    for name in
        ["plain.pt", "plain.safetensors", "views.pt", "wrapped.pt", "protocol4.pt", "untyped.pt", "legacy.pt"]
    {
        let bytes = std::fs::read(path(name)).unwrap();
        for length in 0..bytes.len() {
            let _ = read(&bytes[..length]);
        }
        let mut altered = bytes.clone();
        for at in 0..bytes.len() {
            for value in [0, 0xff, bytes[at] ^ 1, bytes[at] ^ 0x80, b'(', b'2', b't', b'R', b'b', b'.'] {
                altered[at] = value;
                if let Ok(weights) = read(&altered) {
                    let total: usize = weights.values().map(|t| t.bytes().len()).sum();
                    assert!(total <= bytes.len() * 64, "{name}: {total} bytes out of {}", bytes.len());
                }
            }
            altered[at] = bytes[at];
        }
    }
}

/// Pickles written by hand that abuse one instruction each.
#[test]
fn hostile_pickles() {
    let nested: Vec<u8> = [b")".to_vec(), vec![0x85; 1_000_000], b".".to_vec()].concat();
    let cyclic = b"]q\x00h\x00a.".to_vec();
    for (pickle, accepted) in [
        (nested, true),
        (cyclic, true),
        (b".".to_vec(), false),
        (b"0.".to_vec(), false),
        (b"(0.".to_vec(), false),
        (b"t.".to_vec(), false),
        (b"N((1010.".to_vec(), false),
        (b"}Ns.".to_vec(), false),
        (b"h\x07.".to_vec(), false),
        (b"NNR.".to_vec(), false),
        (b"X\xff\xff\xff\xffabc.".to_vec(), false),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.".to_vec(), false),
        (b"\x8b\xff\xff\xff\xff.".to_vec(), false),
        (b"cos\nsystem\n.".to_vec(), false),
        (b"cbuiltins\neval\n.".to_vec(), false),
        (b"ctorch\nSize\n.".to_vec(), true),
        (b"ctorch\nload\n.".to_vec(), false),
        (b"\x8c\x02os\x8c\x06system\x93.".to_vec(), false),
        (b"ctorch._utils\n_rebuild_tensor_v2\n)R.".to_vec(), false),
        (b"ios\nsystem\n.".to_vec(), false),
    ] {
        assert_eq!(
            pickle::Pickle::load(&pickle).is_ok(),
            accepted,
            "{:?}",
            String::from_utf8_lossy(&pickle[..20.min(pickle.len())])
        );
    }
}
