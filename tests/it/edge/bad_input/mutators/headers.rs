//! Headers that are repeated, joined, re-cased, unusual or contradictory.

use serde_json::{Value, json};

use super::fields::{Field, change};
use super::{Mutate, ODD_TEXTS, re_cased, with_inserted};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("a header doubled", |event, random| change_one(event, random, |values, _| values.extend(values.clone()))),
    ("a header doubled with another value", |event, random| {
        change_one(event, random, |values, random| values.push(random.text(&ODD_TEXTS).into()))
    }),
    ("a header doubled under another case", |event, random| {
        change(event, random, |fields, random| {
            let (name, values) = random.pick(fields).clone();
            fields.push((re_cased(&name, random), values));
        })
    }),
    ("two headers joined", |event, random| {
        change(event, random, |fields, random| {
            let (at, other) = (random.below(fields.len()), random.pick(fields).1.clone());
            let texts = fields[at].1.iter().chain(&other).filter_map(Value::as_str);
            let joined = texts.collect::<Vec<_>>().join(random.text(&[",", ", ", "; ", " ", "\n"]));
            fields[at].1 = vec![joined.into()];
        })
    }),
    ("a header re-cased", |event, random| {
        change(event, random, |fields, random| {
            let at = random.below(fields.len());
            fields[at].0 = re_cased(&fields[at].0, random);
        })
    }),
    ("all headers re-cased", |event, random| {
        change(event, random, |fields, random| {
            fields.iter_mut().for_each(|(name, _)| *name = re_cased(name, random));
        })
    }),
    ("a header dropped", |event, random| {
        change(event, random, |fields, random| drop(fields.remove(random.below(fields.len()))))
    }),
    ("a header's value odd", |event, random| {
        change_one(event, random, |values, random| *values = vec![random.text(&ODD_TEXTS).into()])
    }),
    ("a header with an odd part", |event, random| {
        change_one(event, random, |values, random| {
            let inserted = random.text(&ODD_TEXTS);
            for value in values {
                let text = value.as_str().unwrap_or_default();
                *value = with_inserted(text, inserted, random).into();
            }
        })
    }),
    ("a header's name odd", |event, random| {
        change(event, random, |fields, random| {
            let at = random.below(fields.len());
            fields[at].0 = with_inserted(&fields[at].0, random.text(&ODD_TEXTS), random);
        })
    }),
    ("a header added", |event, random| {
        change(event, random, |fields, random| {
            let (name, value) = *random.pick(&ADDED);
            fields.push((name.to_owned(), vec![value.into()]));
        })
    }),
    ("two headers exchanged", |event, random| {
        change(event, random, |fields, random| {
            let (one, other) = (random.below(fields.len()), random.below(fields.len()));
            let values = fields[one].1.clone();
            fields[one].1 = std::mem::replace(&mut fields[other].1, values);
        })
    }),
    ("a header's value of another type", |event, random| {
        change_one(event, random, |values, random| {
            let kinds = [json!(null), json!(true), json!(7), json!([]), json!(["x"]), json!({"a": "b"})];
            *values = vec![random.pick(&kinds).clone()];
        })
    }),
    ("a huge header", |event, random| {
        change_one(event, random, |values, random| *values = vec!["x".repeat(1 << random.below(15)).into()])
    }),
    ("contradictory lists and single values of headers", contradictory),
];

/// Headers that Pail reads, with valid and invalid values.
const ADDED: [(&str, &str); 24] = [
    ("Host", "api.example.com:8080"),
    ("Host", "evil.example/path"),
    ("Host", "user@evil.example"),
    ("Host", "a.example,b.example"),
    ("Host", "a.example:port"),
    ("Host", ":"),
    ("Host", "[::1"),
    ("host", "a.example\r\nSet-Cookie: x=y"),
    ("X-Forwarded-Proto", "http"),
    ("X-Forwarded-Proto", "javascript"),
    ("X-Forwarded-Proto", "http\r\n"),
    ("X-HTTP-Method-Override", "PATCH"),
    ("Idempotency-Key", "a-key"),
    ("Idempotency-Key", "a key"),
    ("idempotency-key", "\0"),
    ("X-Kii-AppID", "open"),
    ("X-Kii-AppKey", "open-key"),
    ("X-Kii-AppKey", "é"),
    ("Content-Type", "application/vnd.demo.a+json"),
    ("Content-Type", "application/json; charset=latin1"),
    ("content-type", "application/json; a=\"\r\n\""),
    ("Authorization", "Bearer x"),
    ("authorization", "Basic b3BlbjpvcGVuLWtleQ=="),
    ("AUTHORIZATION", "Digest x"),
];

/// Changes the values of one header.
fn change_one(event: &mut Value, random: &mut Random, with: fn(&mut Vec<Value>, &mut Random)) -> bool {
    change(event, random, |fields: &mut Vec<Field>, random| {
        let at = random.below(fields.len());
        with(&mut fields[at].1, random);
    })
}

/// Makes the two forms of headers in payload format 1.0 differ, or removes one of them.
fn contradictory(event: &mut Value, random: &mut Random) -> bool {
    if !event.get("multiValueHeaders").is_some_and(Value::is_object) {
        return false;
    }
    let name = random.text(&["headers", "multiValueHeaders"]);
    let nothing = [json!(null), json!({}), json!({"Host": null}), json!({"Host": []}), json!({"host": ["a", null]})];
    match random.below(6) {
        0 => drop(event.as_object_mut().and_then(|event| event.remove(name))),
        _ => event[name] = random.pick(&nothing).clone(),
    }
    true
}
