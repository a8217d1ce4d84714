//! Each invariant of nets, violated by a small net.

use braid_ir::text::parse_net;
use braid_ir::verify::verify;
use braid_ir::{Edge, Net, Terminator, ValueId};

fn rules(net: &Net) -> Vec<&'static str> {
    verify(net).err().unwrap_or_default().into_iter().map(|e| e.rule).collect()
}

fn parsed(text: &str) -> Net {
    parse_net(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn a_valid_net_is_accepted() {
    let net = parsed(
        "net @f(%x: f32[n, 2], %p: bool[]) {\n^0:\n  %i, %c as s = nonzero(%x)\n  %t = transpose(%i) {permutation = [1, 0]}\n  \
         br %p, ^1(%c, %t), ^2\n^1(%k as k: i64[], %y: i64[2, k]):\n  return(%y)\n^2:\n  %z = index {value = 0}\n  \
         %e = full {value = 0:i64, shape = [2, 0]}\n  jump ^1(%z, %e)\n}",
    );
    assert_eq!(rules(&net), [] as [&str; 0]);
}

#[test]
fn violations_are_found() {
    for (rule, text) in [
        ("V1", "net @f() {\n^0:\n  open\n}"),
        ("V1", "net @f() {\n^0:\n  jump ^0\n}"),
        (
            "V3",
            "net @f(%p: bool[]) {\n^0:\n  br %p, ^1, ^2\n^1:\n  %a = not(%p)\n  jump ^2\n^2:\n  return(%a)\n}",
        ),
        ("V5", "net @f(%x: f32[2]) {\n^0:\n  %y = exp(%x) : f32[3]\n  return(%y)\n}"),
        ("V5", "net @f(%x: f32[2]) {\n^0:\n  %y, %n = nonzero(%x) : i64[2, 1], i64[]\n  return(%y)\n}"),
        ("V6", "net @f(%x: f32[2]) {\n^0:\n  jump ^1(%x)\n^1(%y: f32[3]):\n  return(%y)\n}"),
        ("V6", "net @f(%x: f32[2]) {\n^0:\n  jump ^1\n^1(%y: f32[2]):\n  return(%y)\n}"),
        (
            "V6",
            "net @f(%n: i64[], %x: f32[2]) {\n^0:\n  jump ^1(%n, %x)\n^1(%k as k: i64[], %y: f32[k]):\n  return(%y)\n}",
        ),
        ("V7", "net @f(%x: bool[1]) {\n^0:\n  br %x, ^1, ^1\n^1:\n  return()\n}"),
        ("V8", "net @f() {\n^0:\n  %i = index {value = k + 1}\n  return(%i)\n}"),
        (
            "V8",
            "net @f(%p: bool[]) {\n^0:\n  br %p, ^1, ^2\n^1:\n  %a as k = index {value = 1}\n  jump ^2\n^2:\n  %b = index {value = k}\n  return(%b)\n}",
        ),
        ("V10", "net @f(%n as n: i64[]) {\n  guard n < 3 : \"\"\n^0:\n  return()\n}"),
    ] {
        let found = rules(&parsed(text));
        assert!(found.contains(&rule), "{rule} is not among {found:?} of\n{text}");
    }
}

#[test]
fn a_damaged_net_is_refused_and_does_not_panic() {
    let good = parsed("net @f(%x: f32[2]) {\n^0:\n  %y = exp(%x)\n  return(%y)\n}");
    let mut net = good.clone();
    net.block_mut(Net::ENTRY).end = Terminator::Return(vec![ValueId(99)]);
    assert_eq!(rules(&net), ["V2"]);
    let mut net = good.clone();
    net.block_mut(Net::ENTRY).end = Terminator::Jump(Edge { block: braid_ir::BlockId(9), args: vec![] });
    assert_eq!(rules(&net), ["V1"]);
    let mut net = good.clone();
    let op = net.block(Net::ENTRY).ops[0];
    net.block_mut(Net::ENTRY).ops.push(op);
    assert_eq!(rules(&net), ["V2"]);
    let mut net = good;
    net.ops[0].attrs.set("axis", braid_ir::Attr::Int(0));
    assert_eq!(rules(&net), ["V4"]);
}
