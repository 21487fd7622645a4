//! The function allocates little memory in addition to the event, for every size and content of a body.

use super::memory::Measured;
use pail_testing::{Call, Gateway, callers};

/// The maximum size of a Lambda event, in bytes.
const LARGEST_EVENT: usize = 6 << 20;

/// The maximum allocation in addition to the event's text, in bytes.
const MOST: u64 = 3_000_000;

/// The maximum number of characters of an object.
const MOST_CHARACTERS: usize = 65_534;

/// The maximum number of characters of a body that is parsed.
const MOST_SENT: usize = 131_068;

/// A part, repeated up to the size of the largest event.
fn filled(part: &str) -> String {
    part.repeat(LARGEST_EVENT / part.len())
}

/// Bodies of the largest size, which are all refused.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let member = |number: usize| format!("\"{number:x}\":0,");
    let texts = vec![
        ("zeros", format!("{{\"a\":[0{}]}}", filled(",0"))),
        ("nested arrays", filled("[")),
        ("nested objects", filled("{\"a\":")),
        ("one string", format!("{{\"a\":\"{}\"}}", filled("x"))),
        ("one number", format!("{{\"a\":{}}}", filled("7"))),
        ("members", format!("{{{}\"z\":0}}", (0..LARGEST_EVENT / 10).map(member).collect::<String>())),
        ("members of the server", format!("{{{}\"z\":0}}", filled("\"_a\":0,"))),
        ("blanks", filled(" ")),
        ("quotes, each escaped in the event", filled("\"")),
        ("controls, each escaped in the event", filled("\u{1}")),
        ("escapes", format!("{{\"a\":\"{}\"}}", filled("\\u0041"))),
        ("an escape before the end", format!("{{\"a\":\"{}\\n\"}}", filled("x"))),
        ("characters of four bytes", filled("😀")),
    ];
    let mut bodies: Vec<_> = texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    bodies.push(("no UTF-8", vec![0xff; LARGEST_EVENT]));
    bodies
}

/// The largest bodies that are not refused because of their size, with their status.
fn largest() -> Vec<(&'static str, Vec<u8>, u16)> {
    let numbered = |frame: &str, length: usize| -> String {
        (0..MOST_CHARACTERS / length).map(|number| frame.replace('#', &format!("{number:04x}"))).collect()
    };
    let texts = [
        ("most members", format!("{{{}\"z\":0}}", numbered("\"#\":0,", 10)), 201),
        (
            "most members of the server",
            format!("{{{}{}\"z\":0}}", numbered("\"_#\":0,", 11), numbered("\"_x#\":0,", 12)),
            201,
        ),
        ("most names with an escape", format!("{{{}\"z\":0}}", numbered("\"\\u0061#\":0,", 15)), 201),
        ("longest string", format!("{{\"a\":\"{}\"}}", "😀".repeat(MOST_CHARACTERS - 8)), 201),
        ("most blanks", format!("{}{{}}", " ".repeat(MOST_SENT - 2)), 201),
        ("most zeros", format!("{{\"a\":[0{}]}}", ",0".repeat(MOST_CHARACTERS / 2 - 8)), 201),
        ("most brackets", "[".repeat(MOST_SENT), 400),
    ];
    texts.into_iter().map(|(name, text, status)| (name, text.into_bytes(), status)).collect()
}

/// Events of a request with this body: as text in each format, if it is UTF-8, and as Base64.
fn events(body: &[u8]) -> Vec<String> {
    let call = |gateway| Call::create("demo", "notes").through(gateway).bearer(&callers::user("alice")).body(body);
    let as_text = [Gateway::HttpApi, Gateway::RestApi].map(|gateway| call(gateway).event());
    let as_text = as_text.into_iter().filter(|_| str::from_utf8(body).is_ok());
    as_text.chain([call(Gateway::HttpApi).in_base64().event()]).map(|event| event.to_string()).collect()
}

fn takes_little(measured: &Measured, name: &str, event: &str, status: u16) {
    let (answer, counted) = measured.answer(event);
    assert_eq!(answer.status, status, "{name}: {answer:?}");
    println!("{name}: {} bytes for an event of {}", counted.bytes_max, event.len());
    assert!(counted.bytes_max <= MOST, "{name}: {counted:?}");
}

#[test]
fn a_body_of_6_mb_is_refused_with_at_most_3_mb_of_allocations() {
    let measured = Measured::start();
    for (name, body) in hostile() {
        for event in events(&body) {
            takes_little(&measured, name, &event, 413);
        }
    }
    for text in [filled("!"), format!("{}!", filled("QUJD"))] {
        let mut event = Call::create("demo", "notes").bearer(&callers::user("alice")).in_base64().event();
        event["body"] = text.into();
        takes_little(&measured, "no Base64", &event.to_string(), 413);
    }
}

#[test]
fn the_largest_bodies_are_handled_with_at_most_3_mb_of_allocations() {
    let measured = Measured::start();
    for (name, body, status) in largest() {
        for event in events(&body) {
            takes_little(&measured, name, &event, status);
        }
    }
}
