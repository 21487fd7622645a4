//! The text of an event, changed without regard to its JSON.

use super::{MutateText, place, with_inserted};

pub const MUTATORS: &[(&str, MutateText)] = &[
    ("the event cut", |text, random| {
        text.truncate(place(text, random));
        true
    }),
    ("a character of the event changed", |text, random| {
        let at = place(text, random);
        let tail: String = text[at..].chars().skip(1).collect();
        *text = format!("{}{}{tail}", &text[..at], char::from(b' ' + random.number().to_le_bytes()[0] % 95));
        true
    }),
    ("something put into the event", |text, random| {
        let odd =
            ["\0", "\u{feff}", "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "\\u0000", "\\ud800", "\\udc00", "//"];
        *text = with_inserted(text, random.text(&odd), random);
        true
    }),
    ("an escape put into a text of the event", |text, random| {
        let quotes: Vec<usize> = text.match_indices(":\"").map(|(at, _)| at + 2).collect();
        if quotes.is_empty() {
            return false;
        }
        let escapes =
            ["\\u0000", "\\ud83d\\ude00", "\\ud800", "\\u000d\\u000a", "\\/", "\\u002e\\u002e", "\\x00", "\\u00"];
        text.insert_str(*random.pick(&quotes), random.text(&escapes));
        true
    }),
    ("a member of the event doubled", |text, random| {
        let members =
            ["\"body\":\"{}\"", "\"headers\":{}", "\"rawPath\":\"/\"", "\"requestContext\":{}", "\"path\":null"];
        *text = text.replacen('{', &format!("{{{},", random.text(&members)), 1);
        true
    }),
    ("something behind the event", |text, random| {
        text.push_str(random.text(&["x", "{}", "\0", ",", "]", " \n", "\u{feff}"]));
        true
    }),
    ("a deep value in the event", |text, random| {
        let levels = *random.pick(&[32, 100, 127, 128, 129, 200]);
        let deep = format!("{{\"x\":{}{},", "[".repeat(levels), "]".repeat(levels));
        *text = text.replacen('{', &deep, 1);
        true
    }),
];
