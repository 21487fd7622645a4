//! Mutators: small changes of an event, each of one kind. They have names, so that a test can check that each occurs.

mod base64_bodies;
mod bodies;
mod context;
mod credentials;
mod fields;
mod headers;
mod paths;
mod texts;
mod types;

use serde_json::Value;

use pail_testing::Random;

/// Changes an event. Returns false if the event has nothing that it could change.
pub type Mutate = fn(&mut Value, &mut Random) -> bool;

/// Changes the text of an event.
pub type MutateText = fn(&mut String, &mut Random) -> bool;

/// Every mutator of events, by name.
pub fn of_events() -> Vec<(&'static str, Mutate)> {
    let parts: [&[(&'static str, Mutate)]; 7] = [
        headers::MUTATORS,
        paths::MUTATORS,
        bodies::MUTATORS,
        base64_bodies::MUTATORS,
        context::MUTATORS,
        credentials::MUTATORS,
        types::MUTATORS,
    ];
    parts.concat()
}

/// Every mutator of an event's text, by name.
pub fn of_texts() -> Vec<(&'static str, MutateText)> {
    texts::MUTATORS.to_vec()
}

/// Texts that are special in some context.
const ODD_TEXTS: [&str; 34] = [
    "",
    " ",
    "\0",
    "\t",
    "\r\nSet-Cookie: x=y",
    "\r\n\r\n{}",
    "é😀\u{feff}\u{2028}",
    "\u{7f}",
    "%",
    "%00%ff%2e%2e%2f",
    "%0d%0aSet-Cookie:%20x=y",
    "../../..",
    ".",
    "..",
    "/",
    "//",
    "\\",
    "\"",
    "'",
    "<script>",
    "{\"a\":1}",
    "application/json",
    "Bearer x",
    "Basic ZGVtbzpkZW1vLWtleQ==",
    "$default",
    "me",
    "ANONYMOUS_USER",
    "users",
    "null",
    "true",
    "0",
    ",",
    ";",
    "=",
];

/// A place between two characters of a text.
fn place(text: &str, random: &mut Random) -> usize {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    *random.pick(&places)
}

/// The text with another one inserted at a random place.
fn with_inserted(text: &str, inserted: &str, random: &mut Random) -> String {
    let (head, tail) = text.split_at(place(text, random));
    format!("{head}{inserted}{tail}")
}

/// The text in letters of random case.
fn re_cased(text: &str, random: &mut Random) -> String {
    let style = random.below(3);
    let mut cased = |character: char| match style {
        0 => character.to_ascii_uppercase(),
        1 => character.to_ascii_lowercase(),
        _ if random.below(2) == 0 => character.to_ascii_uppercase(),
        _ => character.to_ascii_lowercase(),
    };
    text.chars().map(&mut cased).collect()
}
