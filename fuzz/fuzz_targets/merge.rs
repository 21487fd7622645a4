//! Two documents, one per line: both merges give the same value as a naive merge of trees, and rewrite no number and no
//! string.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use pail::model::document::{Document, InvalidDocument};
use pail::model::merge::{Merge, merge};
use pail_testing::tree::Tree;

fuzz_target!(|text: &str| {
    let (object, change) = text.split_once('\n').unwrap_or((text, "{}"));
    let Ok(object) = Document::parse(object.as_bytes()) else { return };
    let Ok(change) = Document::parse_patch(change.as_bytes()) else { return };
    let read = |document: &Document| Tree::read(document.as_str().as_bytes()).expect("a document is JSON");
    for (how, expected) in [
        (Merge::Kii, by_kii(read(&object), read(&change))),
        (Merge::Patch, by_merge_patch(Some(read(&object)), read(&change))),
    ] {
        let sent = object.as_str().len() + change.as_str().len();
        match merge(&object, &change, how) {
            Ok(merged) => {
                assert!(read(&merged) == expected, "{how:?}: {}", merged.as_str());
                let again = Document::parse(merged.as_str().as_bytes());
                assert!(again.as_ref() == Ok(&merged), "{how:?}: no document: {}", merged.as_str());
                let sent = &strings(object.as_str()) | &strings(change.as_str());
                assert!(strings(merged.as_str()).is_subset(&sent), "{how:?}: rewritten: {}", merged.as_str());
            }
            Err(InvalidDocument::TooLarge(limit)) => assert!(sent > limit, "{how:?}: {sent} bytes are too large"),
            Err(InvalidDocument::Syntax(error)) => panic!("{how:?}: {error:?}"),
        }
    }
});

/// Kii's merge: objects are merged at every level, everything else is replaced.
fn by_kii(object: Tree, change: Tree) -> Tree {
    let (mut members, changes) = match (object, change) {
        (Tree::Object(members), Tree::Object(changes)) => (members, changes),
        (_, change) => return change,
    };
    for (name, value) in changes {
        match members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = by_kii(old.clone(), value),
            None => members.push((name, value)),
        }
    }
    Tree::Object(members)
}

/// `MergePatch` of RFC 7396, section 2, as it is written there.
fn by_merge_patch(target: Option<Tree>, patch: Tree) -> Tree {
    let Tree::Object(patch) = patch else { return patch };
    let mut target = match target {
        Some(Tree::Object(members)) => members,
        _ => Vec::new(),
    };
    for (name, value) in patch {
        let at = target.iter().position(|(known, _)| *known == name);
        match (at, value) {
            (Some(at), Tree::Word(word)) if word == "null" => {
                target.remove(at);
            }
            (None, Tree::Word(word)) if word == "null" => {}
            (Some(at), value) => target[at].1 = by_merge_patch(Some(target[at].1.clone()), value),
            (None, value) => target.push((name, by_merge_patch(None, value))),
        }
    }
    Tree::Object(target)
}

/// The strings of a JSON text, in their spelling.
fn strings(text: &str) -> BTreeSet<&str> {
    let (mut strings, mut start, mut is_escaped) = (BTreeSet::new(), None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (byte, start) {
            (b'"', None) => start = Some(at),
            (b'"', Some(from)) if !is_escaped => {
                strings.insert(&text[from..=at]);
                start = None;
            }
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    strings
}
