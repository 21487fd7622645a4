//! Bodies: what is accepted is the JSON that the contract asks for, by a second reader, and is stored as it was sent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pail::model::document::{Document, InvalidDocument};
use pail_testing::tree::Tree;

fuzz_target!(|body: &[u8]| {
    let read = Tree::read(body).filter(Tree::is_acceptable);
    match Document::parse(body) {
        Ok(document) => {
            let Some(sent) = read else { panic!("accepted, and by a second reader no such object") };
            let stored = document.as_str().as_bytes();
            assert!(Tree::read(stored) == Some(sent.without_server_members()), "stored as {}", document.as_str());
            let again = Document::parse(stored);
            assert!(again.is_ok_and(|again| again.as_str() == document.as_str()), "what is stored is no document");
        }
        Err(InvalidDocument::Syntax(error)) => {
            assert!(error.line > 0 && error.column > 0, "{error:?}");
            assert!(read.is_none(), "refused, and by a second reader an object: {error:?}");
        }
        Err(InvalidDocument::TooLarge(limit)) => {
            assert!([Document::MAXIMUM_CHARACTERS, Document::MAXIMUM_SENT].contains(&limit), "another limit: {limit}");
            let characters = str::from_utf8(body).map_or(body.len(), |text| text.chars().count());
            assert!(characters > limit, "too large at {characters} characters");
        }
    }
});
