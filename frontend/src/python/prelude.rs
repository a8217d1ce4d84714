//! The Python files that ship inside the binary.

include!(concat!(env!("OUT_DIR"), "/prelude.rs"));

/// The text of a file of the prelude.
pub fn find(path: &str) -> Option<&'static str> {
    FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok().map(|at| FILES[at].1)
}

/// Whether a module of this dotted name ships inside the binary.
pub fn has_module(name: &str) -> bool {
    let path = name.replace('.', "/");
    find(&format!("{path}.py")).or_else(|| find(&format!("{path}/__init__.py"))).is_some()
}

/// Whether a folder of the prelude holds anything.
pub fn has_folder(path: &str) -> bool {
    FILES.iter().any(|(name, _)| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}
