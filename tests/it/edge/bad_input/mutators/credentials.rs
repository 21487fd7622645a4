//! Credentials with changed, missing or exchanged parts.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::fields::change;
use super::{Mutate, ODD_TEXTS, place, re_cased, with_inserted};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("another scheme", |event, random| {
        change_authorization(event, random, |value, random| {
            let (scheme, credentials) = value.split_once(' ').unwrap_or((value, ""));
            let scheme = match random.below(3) {
                0 => re_cased(scheme, random),
                1 => (random.text(&["Bearer", "Basic", "Digest", "", "Bearer Bearer", "Basic,", "AWS4-HMAC-SHA256"]))
                    .to_owned(),
                _ => with_inserted(scheme, random.text(&ODD_TEXTS), random),
            };
            format!("{scheme}{}{credentials}", random.text(&[" ", "  ", "\t", "", "\u{a0}"]))
        })
    }),
    ("credentials cut", |event, random| {
        change_authorization(event, random, |value, random| value[..place(value, random)].to_owned())
    }),
    ("a token's part exchanged", |event, random| {
        change_token(event, random, |parts, random| {
            let (one, other) = (random.below(parts.len()), random.below(parts.len()));
            parts.swap(one, other);
        })
    }),
    ("a token's part dropped or doubled", |event, random| {
        change_token(event, random, |parts, random| {
            let at = random.below(parts.len());
            let part = parts.remove(at);
            if random.below(2) == 0 {
                parts.extend([part.clone(), part]);
            }
        })
    }),
    ("a token's header by somebody else", |event, random| {
        change_token(event, random, |parts, random| {
            let headers = [
                json!({"alg": "none"}),
                json!({"alg": "HS256", "kid": "es"}),
                json!({"alg": "ES256", "kid": ["es"]}),
                json!({"alg": "HS256", "crit": ["x"], "x": 1}),
                json!({"alg": "HS256", "jku": "https://evil.example"}),
                json!([]),
            ];
            parts[0] = URL_SAFE_NO_PAD.encode(random.pick(&headers).to_string());
        })
    }),
    ("a token's claims by somebody else", |event, random| {
        change_token(event, random, |parts, random| {
            let claims = parts.get(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
            let mut claims: Value = claims.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
            let changes =
                [("sub", json!("bob")), ("role", json!("admin")), ("exp", json!(1e300)), ("aud", json!("open"))];
            let (name, value) = random.pick(&changes).clone();
            if let Some(claims) = claims.as_object_mut() {
                claims.insert(name.to_owned(), value);
            }
            if let Some(part) = parts.get_mut(1) {
                *part = URL_SAFE_NO_PAD.encode(claims.to_string());
            }
        })
    }),
    ("a token's byte changed", |event, random| {
        change_authorization(event, random, |value, random| {
            let at = place(value, random);
            let tail: String = value[at..].chars().skip(1).collect();
            format!("{}{}{tail}", &value[..at], char::from(b' ' + random.number().to_le_bytes()[0] % 95))
        })
    }),
    ("Basic of something else", |event, random| {
        change_authorization(event, random, |_, random| {
            let plain = [
                "open:open-key",
                "demo:demo-key",
                "open:",
                ":",
                "open",
                "open:a:b",
                "open:é",
                "open:\0",
                "OPEN:open-key",
            ];
            let odd = with_inserted(random.text(&plain), random.text(&ODD_TEXTS), random);
            format!("Basic {}", STANDARD.encode(odd))
        })
    }),
];

/// Changes every value of `Authorization`.
fn change_authorization(event: &mut Value, random: &mut Random, with: fn(&str, &mut Random) -> String) -> bool {
    let mut was_there = false;
    change(event, random, |fields, random| {
        for (_, values) in fields.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            for value in values {
                if let Some(text) = value.as_str().map(str::to_owned) {
                    *value = with(&text, random).into();
                    was_there = true;
                }
            }
        }
    });
    was_there
}

/// Changes the parts of a token. There is at least one.
fn change_token(event: &mut Value, random: &mut Random, with: fn(&mut Vec<String>, &mut Random)) -> bool {
    let is_token = event["headers"].as_object().into_iter().flatten().any(|(name, value)| {
        name.eq_ignore_ascii_case("authorization") && value.as_str().is_some_and(|value| value.starts_with("Bearer "))
    });
    is_token && {
        // The change is of the same kind in both forms.
        let parts = |value: &str| value.trim_start_matches("Bearer ").split('.').map(str::to_owned).collect::<Vec<_>>();
        let mut was_there = false;
        change(event, random, |fields, random| {
            for (_, values) in fields.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
                for value in values.iter_mut().filter(|value| value.is_string()) {
                    let mut parts = parts(value.as_str().unwrap_or_default());
                    with(&mut parts, random);
                    *value = format!("Bearer {}", parts.join(".")).into();
                    was_there = true;
                }
            }
        });
        was_there
    }
}
