//! The direction of imports in `src/`: which folder may name which, and that the files of a folder have no cycle
//! (docs/architecture.md).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each folder or file at the root of `src/` may import. Those that are missing here, such as `main.rs`, may
/// import anything.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("model", &[]),
    ("system", &[]),
    ("telemetry", &[]),
    ("auth", &["model", "system"]),
    ("store", &["auth", "model", "system"]),
    ("fetch", &["store"]),
    ("operation", &["auth", "fetch", "model", "store", "system"]),
    ("http", &["auth", "model", "operation", "store", "system", "telemetry"]),
    ("local", &["store"]),
    ("schedule", &["fetch", "operation", "store", "system"]),
    ("config", &["auth", "http", "model", "store", "system"]),
];

/// Pairs of folders. The first one may import from the second only what its `mod.rs` exports.
const ONLY_EXPORTS: [(&str, &str); 1] = [("http", "store")];

/// A module of the crate, by its path: `["store", "keys"]`.
type Module = Vec<String>;

/// The source files of the library and the function, with their paths below `src`. The command line is a crate of its own.
pub fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                // Unit tests are at the end of their file, and may name anything.
                let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                sources.push((path.strip_prefix(&root).expect("below src").to_owned(), code));
            }
        }
    }
    sources.retain(|(path, _)| !path.starts_with("bin"));
    assert!(sources.len() > 20, "the sources were found");
    sources
}

/// The module of a file: `store/mod.rs` is `store`, `lib.rs` is the root.
fn module_of(path: &Path) -> Module {
    let mut names: Module = path.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|name| ["lib", "mod"].contains(&name.as_str())) {
        names.pop();
    }
    names
}

/// The code without comments, visibilities and re-exports, which are no imports.
fn without_noise(code: &str) -> String {
    let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut rest = code.join("\n");
    for start in ["pub use ", "pub(crate) use ", "pub(super) use ", "pub(in "] {
        let end = if start == "pub(in " { ')' } else { ';' };
        while let Some(at) = rest.find(start) {
            let length = rest[at..].find(end).map_or(rest.len() - at, |length| length + 1);
            rest.replace_range(at..at + length, "");
        }
    }
    rest
}

/// Every path of a `use` tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn expanded(tree: &str) -> Vec<String> {
    let Some(open) = tree.find('{') else { return vec![tree.trim().to_owned()] };
    let close = tree.rfind('}').unwrap_or(tree.len());
    let (prefix, inner) = (tree[..open].trim(), &tree[open + 1..close]);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(expanded).map(|part| format!("{prefix}{part}")).collect()
}

/// The paths in code that begin with `crate`, `self` or `super`.
fn named(code: &str) -> Vec<String> {
    let code = without_noise(code);
    let mut paths = Vec::new();
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    for keyword in ["crate", "self", "super"] {
        let start = format!("{keyword}::");
        for (at, _) in code.match_indices(&start) {
            if code[..at].ends_with(|character: char| is_name(character) || character == ':' || character == '$') {
                continue;
            }
            let line = code[..at].rfind(['\n', ';', '}']).map_or(0, |end| end + 1);
            let is_use = code[line..at].trim() == "use";
            let end = if is_use {
                code[at..].find(';')
            } else {
                code[at..].find(|character: char| !is_name(character) && character != ':')
            };
            let path: String = code[at..at + end.unwrap_or(code.len() - at)].split_whitespace().collect();
            paths.extend(expanded(&path));
        }
    }
    paths
}

/// The names of a path from the root of the crate, for a path in `module`. A file is a module: `super` in
/// `store/keys.rs` is `store`.
fn absolute(path: &str, module: &Module) -> Vec<String> {
    let mut names = module.clone();
    for name in path.split("::") {
        match name {
            "crate" => names.clear(),
            "self" => {}
            "super" => _ = names.pop(),
            name => names.push(name.to_owned()),
        }
    }
    names
}

/// Which module imports which, with the paths of the imports.
fn graph(sources: &[(PathBuf, String)]) -> BTreeMap<Module, BTreeMap<Module, Vec<String>>> {
    let modules: BTreeSet<Module> = sources.iter().map(|(path, _)| module_of(path)).collect();
    let mut graph = BTreeMap::new();
    for (path, code) in sources {
        let module = module_of(path);
        let imports: &mut BTreeMap<Module, Vec<String>> = graph.entry(module.clone()).or_default();
        for path in named(code) {
            let mut names = absolute(&path, &module);
            let whole = names.join("::");
            while !modules.contains(&names) {
                assert!(names.pop().is_some(), "{path} in {module:?} leads to no module");
            }
            if names != module && !names.is_empty() {
                imports.entry(names).or_default().push(whole);
            }
        }
    }
    graph
}

/// The shortest cycle through a module, if there is one.
fn cycle(graph: &BTreeMap<Module, BTreeSet<Module>>, start: &Module) -> Option<Vec<Module>> {
    let (mut paths, mut seen) = (std::collections::VecDeque::from([vec![start.clone()]]), BTreeSet::new());
    while let Some(path) = paths.pop_front() {
        for next in path.last().and_then(|last| graph.get(last)).into_iter().flatten() {
            if next == start {
                return Some(path);
            }
            if seen.insert(next.clone()) {
                paths.push_back([path.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

/// Everything that is wrong with the imports of these sources.
fn violations(sources: &[(PathBuf, String)]) -> BTreeSet<String> {
    let graph = graph(sources);
    let mut wrong = BTreeSet::new();
    let mut within: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, imports) in &graph {
        let Some(folder) = from.first() else { continue };
        for (to, paths) in imports {
            if &to[0] == folder {
                within.entry(from.clone()).or_default().insert(to.clone());
                continue;
            }
            let allowed = ALLOWED.iter().find(|(name, _)| name == folder);
            if allowed.is_some_and(|(_, may)| !may.contains(&to[0].as_str())) {
                wrong.insert(format!("{} names {}", from.join("::"), paths.join(", ")));
            }
            if ONLY_EXPORTS.contains(&(folder, &to[0])) && to.len() > 1 {
                wrong.insert(format!("{} names {}, which is no export", from.join("::"), paths.join(", ")));
            }
        }
    }
    for module in within.keys() {
        if let Some(mut found) = cycle(&within, module) {
            // Reports each cycle once, whichever of its modules it was found from.
            let first = found.iter().enumerate().min_by_key(|(_, module)| *module).map_or(0, |(at, _)| at);
            found.rotate_left(first);
            let names: Vec<String> = found.iter().map(|module| module.join("::")).collect();
            wrong.insert(format!("cycle: {} → {}", names.join(" → "), names[0]));
        }
    }
    wrong
}

#[test]
fn imports_between_folders_have_one_direction_and_files_no_cycle() {
    let wrong = violations(&sources());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Source files that do not exist.
fn made_up(files: &[(&str, &str)]) -> Vec<(PathBuf, String)> {
    files.iter().map(|(path, code)| (PathBuf::from(path), (*code).to_owned())).collect()
}

#[test]
fn made_up_imports_in_the_right_direction_pass() {
    let sources = made_up(&[
        ("lib.rs", "pub mod http;\npub mod model;\npub mod store;"),
        ("main.rs", "fn main() { crate::store::keys::f(); }"),
        ("model/mod.rs", "pub mod id;\npub mod scope;\npub use self::id::Id;"),
        ("model/id.rs", "/// See [`crate::http`].\npub struct Id; // crate::http\npub(in crate::http) struct Other;"),
        ("model/scope.rs", "use super::id::Id;"),
        ("store/mod.rs", "pub(crate) mod keys;\npub struct Store;"),
        ("store/keys.rs", "use crate::model::{id::Id, scope::{self, Scope}};\nuse super::Store;"),
        ("http/mod.rs", "use crate::store::Store;\nfn f() { some_crate::http(); let x = crate::model::id::Id; }"),
    ]);
    assert_eq!(violations(&sources), BTreeSet::new());
}

#[test]
fn made_up_cycles_and_wrong_directions_are_found() {
    for (files, expected) in [
        (
            [("model/a.rs", "use super::b::B;"), ("model/b.rs", "fn f() { crate::model::a::f() }")],
            "cycle: model::a → model::b → model::a",
        ),
        (
            [
                ("model/a.rs", "use super::{\n    Type,\n    b::{B, C},\n};"),
                ("model/b.rs", "use crate::{\n    model::a::A,\n};"),
            ],
            "cycle: model::a → model::b → model::a",
        ),
        (
            [("store/mod.rs", "use self::keys::Key;\npub struct Store;"), ("store/keys.rs", "use super::Store;")],
            "cycle: store → store::keys → store",
        ),
        ([("model/a.rs", "use crate::store::Store;"), ("store/mod.rs", "")], "model::a names store::Store"),
        ([("auth/a.rs", "fn f() -> crate::http::Answer {}"), ("http/mod.rs", "")], "auth::a names http::Answer"),
        ([("store/a.rs", "use crate::local::Engine;"), ("local/mod.rs", "")], "store::a names local::Engine"),
        (
            [("http/mod.rs", "use crate::store::keys::Key;"), ("store/keys.rs", "")],
            "http names store::keys::Key, which is no export",
        ),
    ] {
        let sources = made_up(&[[("lib.rs", ""), ("model/mod.rs", "")].as_slice(), &files].concat());
        assert_eq!(violations(&sources), BTreeSet::from([expected.to_owned()]), "{files:?}");
    }
    let three = [
        ("model/mod.rs", ""),
        ("model/a.rs", "use super::b::X;"),
        ("model/b.rs", "use super::c::X;"),
        ("model/c.rs", "use super::a::X;"),
    ];
    let expected = "cycle: model::a → model::b → model::c → model::a";
    assert_eq!(violations(&made_up(&three)), BTreeSet::from([expected.to_owned()]));
}
