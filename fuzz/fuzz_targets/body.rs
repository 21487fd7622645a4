//! Bodies: what is accepted is the JSON that the contract asks for, by a second reader, and is stored as it was sent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pail::model::document::{Document, InvalidDocument};
use pail_fuzz::json::{self, Tree};

fuzz_target!(|body: &[u8]| {
    let read = str::from_utf8(body).ok().and_then(json::object);
    match Document::parse(body) {
        Ok(document) => {
            let Some(sent) = read else { panic!("accepted, and by a second reader no such object") };
            let kept: Vec<(String, Tree)> = sent.into_iter().filter(|(name, _)| !name.starts_with('_')).collect();
            assert!(json::object(document.as_str()) == Some(kept), "stored as something else: {}", document.as_str());
            let again = Document::parse(document.as_str().as_bytes());
            assert!(again.is_ok_and(|again| again.as_str() == document.as_str()), "what is stored is no document");
        }
        Err(InvalidDocument::Syntax(error)) => {
            assert!(error.line > 0 && error.column > 0, "{error:?}");
            assert!(read.is_none(), "refused, and by a second reader an object: {error:?}");
        }
        Err(InvalidDocument::TooLarge) => {
            let characters = str::from_utf8(body).map_or(body.len(), |text| text.chars().count());
            assert!(characters > Document::MAXIMUM_CHARACTERS, "too large at {characters} characters");
        }
    }
});
