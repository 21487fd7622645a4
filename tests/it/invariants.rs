//! Rules of the house that no lint knows: who may name what (docs/architecture.md).

use std::path::{Path, PathBuf};

/// The source files of the library and the handler, with their paths below `src`. The command line is an edge of its own.
pub fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).expect("a source file");
                // Unit tests stand at the end and may name what they like.
                let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
                sources.push((path.strip_prefix(&root).expect("below src").to_owned(), code));
            }
        }
    }
    sources.retain(|(path, _)| !path.starts_with("bin"));
    assert!(sources.len() > 20, "the sources were found");
    sources
}

/// Fails if a file names `what` that may not.
fn assert_named_only_in(may: &[&str], what: &str) {
    let elsewhere =
        |(path, text): &(PathBuf, String)| text.contains(what) && !may.iter().any(|may| path.starts_with(may));
    let named: Vec<PathBuf> = sources().into_iter().filter(elsewhere).map(|(path, _)| path).collect();
    assert!(named.is_empty(), "{what} stands in {named:?}");
}

#[test]
fn only_main_and_the_configuration_read_the_environment() {
    assert_named_only_in(&["config.rs", "main.rs"], "std::env");
}

#[test]
fn only_the_store_names_the_sdk() {
    for name in ["aws_sdk_dynamodb", "aws_smithy", "aws_config"] {
        assert_named_only_in(&["store"], name);
    }
}

#[test]
fn only_responses_name_a_status() {
    assert_named_only_in(&["http/response.rs"], "status_code:");
    assert_named_only_in(&["store", "http/response.rs"], "StatusCode");
}

#[test]
fn the_model_knows_nothing_above_or_below_it() {
    for name in ["crate::http", "crate::auth", "crate::operation", "crate::store", "tokio", "async "] {
        let named = sources().into_iter().filter(|(path, text)| path.starts_with("model") && text.contains(name));
        assert_eq!(named.count(), 0, "{name}");
    }
}
