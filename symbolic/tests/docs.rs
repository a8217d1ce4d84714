//! Every public item of the library has an example that runs.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The name of what a line declares, if it is a type, a trait or a function.
fn declared(line: &str, in_trait: bool) -> Option<&str> {
    let code = line.trim_start();
    let code = code.strip_prefix("pub ").or(in_trait.then_some(code).filter(|c| c.starts_with("fn ")))?;
    let code = code.strip_prefix("const ").filter(|c| c.starts_with("fn ")).unwrap_or(code);
    let rest = ["fn ", "struct ", "enum ", "trait "].iter().find_map(|kind| code.strip_prefix(kind))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// Items of a file that have no example in their own comment. What a reader of the documentation does not see needs none:
/// private modules that nothing is taken from, hidden items, and what belongs to a hidden or private type.
fn without_example(text: &str, hidden: &dyn Fn(&str) -> bool) -> Vec<String> {
    let (mut found, mut in_trait, mut owner_hidden) = (Vec::new(), false, false);
    let (mut example, mut doc_hidden) = (false, false);
    for line in text.split("#[cfg(test)]").next().unwrap_or("").lines() {
        let code = line.trim_start();
        if let Some(comment) = code.strip_prefix("///") {
            example |= comment.trim_start().starts_with("```");
            continue;
        }
        if code.starts_with("#[") || code.starts_with("#![") {
            doc_hidden |= code.starts_with("#[doc(hidden)]");
            continue;
        }
        if line.starts_with('}') {
            (in_trait, owner_hidden) = (false, false);
        }
        if let Some(of) = line.strip_prefix("impl") {
            let of = of.split(" where").next().unwrap_or(of);
            // A method of a trait's implementation is documented by the trait.
            let name = of.trim_end_matches('{').trim();
            let name = if name.starts_with('<') {
                name.split_once("> ").map_or(name, |(_, name)| name)
            } else {
                name
            };
            owner_hidden = name.contains(" for ") || hidden(name.split(['<', ' ']).next().unwrap_or(name));
        }
        if let Some(name) = declared(line, in_trait) {
            let indented = line.starts_with(' ');
            let seen = !doc_hidden && if indented { !owner_hidden } else { !hidden(name) };
            if seen && !example {
                found.push(name.to_string());
            }
            if line.starts_with("pub trait ") {
                (in_trait, owner_hidden) = (true, hidden(name) || doc_hidden);
            }
        }
        if !code.is_empty() {
            (example, doc_hidden) = (false, false);
        }
    }
    found
}

/// Whether an item that is declared in a private module is taken out of it for readers.
fn exported(module: &str, name: &str) -> bool {
    let word = |list: &str| list.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == name);
    module.split(';').any(|statement| {
        let code: String = statement.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        code.contains("pub use ") && !code.contains("#[doc(hidden)]") && word(&code)
    })
}

#[test]
fn every_public_item_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let mut findings = Vec::new();
    let mut items = 0;
    for file in files.iter().filter(|file| !file.components().any(|c| c.as_os_str() == "tests")) {
        let text = std::fs::read_to_string(file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let parent = std::fs::read_to_string(file.with_file_name("mod.rs"))
            .unwrap_or_else(|_| std::fs::read_to_string(root.join("lib.rs")).unwrap());
        let public = name == "mod" || name == "lib" || {
            let at = parent.find(&format!("\npub mod {name};"));
            at.is_some_and(|at| !parent[..at].ends_with("#[doc(hidden)]"))
        };
        let hidden = |item: &str| !public && !exported(&parent, item);
        let place = file.strip_prefix(&root).unwrap().display().to_string();
        findings.extend(without_example(&text, &hidden).iter().map(|item| format!("{place}: {item}")));
        items += text.matches("/// ```\n").count() / 2;
    }
    assert!(findings.is_empty(), "{} without an example:\n{}", findings.len(), findings.join("\n"));
    assert!(items > 400, "{items} examples");
}
