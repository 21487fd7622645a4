//! Wrong Base64, and a flag that contradicts the body.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Mutate, with_inserted};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("the flag of Base64 flipped", |event, _| {
        let flag = event.get("isBase64Encoded").and_then(Value::as_bool);
        flag.is_some_and(|flag| {
            event["isBase64Encoded"] = (!flag).into();
            true
        })
    }),
    ("the flag of Base64 of another type", |event, random| {
        let values =
            [json!(null), json!("true"), json!(""), json!(1), json!(0), json!([true]), json!({}), json!(1e300)];
        let value = random.pick(&values).clone();
        event.get_mut("isBase64Encoded").is_some_and(|flag| std::mem::replace(flag, value).is_boolean())
    }),
    ("no flag of Base64", |event, _| {
        event.as_object_mut().is_some_and(|event| event.remove("isBase64Encoded").is_some())
    }),
    ("Base64 with other padding", |event, random| {
        change(event, random, |text, random| {
            let unpadded = text.trim_end_matches('=').to_owned();
            unpadded + random.text(&["", "=", "==", "===", "=a", "= "])
        })
    }),
    ("Base64 in the alphabet of URLs", |event, random| {
        change(event, random, |text, _| {
            STANDARD.decode(text).map_or_else(|_| text.replace(['+', '/'], "_"), |bytes| URL_SAFE_NO_PAD.encode(bytes))
        })
    }),
    ("Base64 with something in it", |event, random| {
        change(event, random, |text, random| {
            let odd = random.text(&["\n", "\r\n", " ", "\0", "-", "_", "=", "é", "!", "AAAA", "{}"]);
            with_inserted(text, odd, random)
        })
    }),
    ("Base64 with bits left over", |event, random| {
        change(event, random, |text, _| {
            let unpadded = text.trim_end_matches('=');
            let head = unpadded.get(..unpadded.len().saturating_sub(1)).unwrap_or_default();
            format!("{head}/{}", "=".repeat(text.len() - unpadded.len()))
        })
    }),
    ("Base64 of Base64", |event, random| change(event, random, |text, _| STANDARD.encode(text))),
];

/// Changes a body in Base64; one that is plain is encoded first.
fn change(event: &mut Value, random: &mut Random, with: fn(&str, &mut Random) -> String) -> bool {
    let Some(text) = event.get("body").and_then(Value::as_str) else {
        return false;
    };
    let encoded = if event["isBase64Encoded"] == true { text.to_owned() } else { STANDARD.encode(text) };
    (event["body"], event["isBase64Encoded"]) = (with(&encoded, random).into(), true.into());
    true
}
