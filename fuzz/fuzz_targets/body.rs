//! Bodies: a body is accepted exactly if a second reader finds the JSON that the contract requires, and it is stored as
//! it was sent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pail::model::document::{Document, InvalidDocument};
use pail_testing::tree::Tree;

fuzz_target!(|body: &[u8]| {
    let read = Tree::read(body).filter(Tree::is_acceptable);
    match Document::parse(body) {
        Ok(document) => {
            let Some(sent) = read else { panic!("accepted, but refused by the second reader") };
            let stored = document.as_str().as_bytes();
            assert!(Tree::read(stored) == Some(sent.without_server_members()), "stored as {}", document.as_str());
            let again = Document::parse(stored);
            assert!(
                again.is_ok_and(|again| again.as_str() == document.as_str()),
                "the stored text is no valid document"
            );
        }
        Err(InvalidDocument::Syntax(error)) => {
            assert!(error.line > 0 && error.column > 0, "{error:?}");
            assert!(read.is_none(), "refused, but accepted by the second reader: {error:?}");
        }
        Err(InvalidDocument::TooLarge(limit)) => {
            assert!([Document::MAXIMUM_CHARACTERS, Document::MAXIMUM_SENT].contains(&limit), "another limit: {limit}");
            let characters = str::from_utf8(body).map_or(body.len(), |text| text.chars().count());
            assert!(characters > limit, "refused as too large at {characters} characters");
        }
    }
});
