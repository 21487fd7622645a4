//! Paths that are encoded or cut, or contain `..`, NUL or CRLF.

use serde_json::Value;

use super::{Mutate, ODD_TEXTS, place, with_inserted};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("a path with a character encoded", |event, random| change(event, random, |path, random| encoded(path, random, 1))),
    ("a path encoded", |event, random| change(event, random, |path, random| encoded(path, random, usize::MAX))),
    ("a path encoded twice", |event, random| {
        change(event, random, |path, random| encoded(path, random, 3).replace('%', "%25"))
    }),
    ("a path cut", |event, random| {
        change(event, random, |path, random| {
            let (head, tail) = path.split_at(place(path, random));
            (if random.below(4) == 0 { tail } else { head }).to_owned()
        })
    }),
    ("a path with dots", |event, random| {
        change_segments(event, random, |segments, random| {
            let dots = ["..", ".", "...", "%2e%2e", "%2E.", "..%2f", "..%5c", "..;", "%252e%252e", ". .", "..\\"];
            let at = random.below(segments.len() + 1);
            segments.insert(at, random.text(&dots).to_owned());
        })
    }),
    ("a path with a segment of dots", |event, random| {
        change_segments(event, random, |segments, random| {
            let at = random.below(segments.len());
            segments[at] = random.text(&["..", ".", "%2e%2e", "%2e"]).to_owned();
        })
    }),
    ("a path with NUL", |event, random| {
        change(event, random, |path, random| with_inserted(path, random.text(&["\0", "%00", "%2500"]), random))
    }),
    ("a path with CRLF", |event, random| {
        let lines = ["\r\nSet-Cookie: x=y", "%0d%0aSet-Cookie:%20x=y", "\n", "\r", "%0A", "%0D"];
        change_with(event, random, lines, with_inserted)
    }),
    ("a path with a slash too many", |event, random| {
        let slashes = ["/", "//", "%2F", "%2f", "\\", "%5c", "\u{2215}"];
        change_with(event, random, slashes, |path, slash, random| match random.below(3) {
            0 => format!("{slash}{path}"),
            1 => format!("{path}{slash}"),
            _ => with_inserted(path, slash, random),
        })
    }),
    ("a path with a malformed escape", |event, random| {
        let escapes = ["%", "%z1", "%f", "%ff", "%c0%af", "%u002e", "%ed%a0%80", "%%", "%2", "%+1", "%-1", "% 1"];
        change_with(event, random, escapes, with_inserted)
    }),
    ("a path with an odd segment", |event, random| {
        change_segments(event, random, |segments, random| {
            let at = random.below(segments.len());
            segments[at] = match random.below(3) {
                0 => random.text(&SEGMENTS).to_owned(),
                1 => random.text(&ODD_TEXTS).to_owned(),
                _ => with_inserted(&segments[at], random.text(&ODD_TEXTS), random),
            };
        })
    }),
    ("a path with segments exchanged", |event, random| {
        change_segments(event, random, |segments, random| {
            let (one, other) = (random.below(segments.len()), random.below(segments.len()));
            segments.swap(one, other);
        })
    }),
    ("a path with a segment doubled", |event, random| {
        change_segments(event, random, |segments, random| {
            let at = random.below(segments.len());
            segments.insert(at, segments[at].clone());
        })
    }),
    ("a path with a segment dropped", |event, random| {
        change_segments(event, random, |segments, random| drop(segments.remove(random.below(segments.len()))))
    }),
    ("a path with a query in it", |event, random| {
        let queries = ["?a=b", "#x", ";a=b", "&a", "?", "/?x=%"];
        change_with(event, random, queries, |path, query, random| match random.below(2) {
            0 => format!("{path}{query}"),
            _ => with_inserted(path, query, random),
        })
    }),
];

/// Segments that are special somewhere, or are just inside or outside a pattern.
const SEGMENTS: [&str; 31] = [
    "me",
    "ME",
    "ANONYMOUS_USER",
    "ANY_AUTHENTICATED_USER",
    "users",
    "groups",
    "things",
    "devices",
    "buckets",
    "objects",
    "acl",
    "CREATE_NEW_BUCKET",
    "READ_OBJECTS_IN_BUCKET",
    "WRITE_EXISTING_OBJECT",
    "UserID:bob",
    "GroupID:crew",
    "ThingID:",
    "UserID:ANONYMOUS_USER",
    "AdminID:operator",
    "rw:notes",
    "default:notes",
    "CRYPTO:notes",
    "rw:rw:notes",
    "_notes",
    "n",
    "internal",
    "open",
    "closed",
    "nobody",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

/// Changes the path wherever the event has it; sometimes only where routing reads it.
fn change(event: &mut Value, random: &mut Random, with: impl FnOnce(&str, &mut Random) -> String) -> bool {
    let name = if event.get("rawPath").is_some_and(Value::is_string) { "rawPath" } else { "path" };
    let Some(path) = event.get(name).and_then(Value::as_str).map(str::to_owned) else {
        return false;
    };
    let changed = with(&path, random);
    event[name] = changed.as_str().into();
    if random.below(4) != 0 {
        for shown in ["/requestContext/path", "/requestContext/http/path"] {
            if let Some(Value::String(shown)) = event.pointer_mut(shown) {
                *shown = shown.strip_suffix(&path).map_or_else(|| changed.clone(), |stage| format!("{stage}{changed}"));
            }
        }
    }
    true
}

/// The same with one of some texts.
fn change_with<const COUNT: usize>(
    event: &mut Value,
    random: &mut Random,
    texts: [&str; COUNT],
    with: fn(&str, &str, &mut Random) -> String,
) -> bool {
    change(event, random, |path, random| with(path, random.text(&texts), random))
}

/// The same for the segments of a path. There is at least one.
fn change_segments(event: &mut Value, random: &mut Random, with: fn(&mut Vec<String>, &mut Random)) -> bool {
    change(event, random, |path, random| {
        let mut segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
        if segments.is_empty() {
            segments.push(String::new());
        }
        with(&mut segments, random);
        format!("/{}", segments.join("/"))
    })
}

/// The path with at most this many characters percent-encoded.
fn encoded(path: &str, random: &mut Random, most: usize) -> String {
    let characters: Vec<char> = path.chars().collect();
    let chosen: Vec<usize> = (0..most.min(8)).map(|_| random.below(characters.len().max(1))).collect();
    let (all_slashes, upper) = (random.below(4) == 0, random.below(2) == 0);
    let encode = |(at, character): (usize, &char)| {
        let wanted = if most == usize::MAX { *character != '/' || all_slashes } else { chosen.contains(&at) };
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).bytes();
        match (wanted, upper) {
            (false, _) => character.to_string(),
            (true, true) => bytes.map(|byte| format!("%{byte:02X}")).collect(),
            (true, false) => bytes.map(|byte| format!("%{byte:02x}")).collect(),
        }
    };
    characters.iter().enumerate().map(encode).collect()
}
