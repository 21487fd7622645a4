//! Bodies that are cut, nested, or have odd members.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Mutate, ODD_TEXTS, place};
use pail_testing::Random;

pub const MUTATORS: &[(&str, Mutate)] = &[
    ("a body cut", |event, random| change(event, random, |body, random| body.truncate(random.below(body.len() + 1)))),
    ("a body with a byte changed", |event, random| {
        change(event, random, |body, random| {
            let at = random.below(body.len().max(1));
            if let Some(byte) = body.get_mut(at) {
                *byte = random.number().to_le_bytes()[0];
            }
        })
    }),
    ("a body with an odd text in it", |event, random| {
        change(event, random, |body, random| {
            let text = String::from_utf8_lossy(body).into_owned();
            let at = place(&text, random);
            *body = [&text[..at], random.text(&ODD_TEXTS), &text[at..]].concat().into_bytes();
        })
    }),
    ("a body with a member doubled", |event, random| {
        change(event, random, |body, _| {
            let text = String::from_utf8_lossy(body).replacen('{', r#"{"title":1,"title":1,"#, 1);
            *body = text.into_bytes();
        })
    }),
    ("a body with members of the server", |event, random| {
        change(event, random, |body, random| {
            let name = random.text(&["_id", "_owner", "_acl", "_version", "\\u005fid", "_"]);
            let value = random.pick(&["1", "null", "{\"a\":[]}", "\"x\"", "[[]]"]);
            let text = String::from_utf8_lossy(body).replacen('{', &format!("{{\"{name}\":{value},"), 1);
            *body = text.into_bytes();
        })
    }),
    ("a body that is an odd ACL", |event, random| {
        change(event, random, |body, random| {
            let verb = random.text(&["READ_EXISTING_OBJECT", "CREATE_NEW_BUCKET", "READ_OBJECTS_IN_BUCKET", "x"]);
            let kind = random.text(&["userID", "groupID", "thingID", "UserID", "verb"]);
            let id = random.text(&ODD_TEXTS);
            let entry = match random.below(3) {
                0 => json!({kind: id}),
                1 => json!({"userID": "bob", kind: id}),
                _ => json!(format!("UserID:{id}")),
            };
            *body = json!({verb: [{"userID": "bob"}, entry]}).to_string().into_bytes();
        })
    }),
    ("a nested body", |event, random| {
        change(event, random, |body, random| {
            let levels = 25 + random.below(15);
            let (open, close) = *random.pick(&[("[", "]"), ("{\"a\":", "}")]);
            *body = format!("{{\"a\":{}1{}}}", open.repeat(levels), close.repeat(levels)).into_bytes();
        })
    }),
    ("a body behind or before something", |event, random| {
        change(event, random, |body, random| {
            let odd = random.text(&ODD_TEXTS);
            *body =
                if random.below(2) == 0 { [odd.as_bytes(), body].concat() } else { [body, odd.as_bytes()].concat() };
        })
    }),
    ("a large body", |event, random| {
        change(event, random, |body, random| {
            let size = *random.pick(&[65_534 - 8, 65_535 - 8, 66_000]);
            *body = format!("{{\"a\":\"{}\"}}", "x".repeat(if random.below(4) > 0 { size } else { size / 64 }))
                .into_bytes();
        })
    }),
    ("no body", |event, random| {
        if random.below(2) == 0 {
            event.as_object_mut().is_some_and(|event| event.remove("body").is_some())
        } else {
            event.get_mut("body").is_some_and(|body| !std::mem::take(body).is_null())
        }
    }),
];

/// Changes the bytes of a body. They are sent in the same form as before, or as Base64 if they are not UTF-8.
fn change(event: &mut Value, random: &mut Random, with: fn(&mut Vec<u8>, &mut Random)) -> bool {
    let Some(text) = event.get("body").and_then(Value::as_str) else {
        return false;
    };
    let decoded = if event["isBase64Encoded"] == true { STANDARD.decode(text).ok() } else { None };
    let is_encoded = decoded.is_some();
    let mut body = decoded.unwrap_or_else(|| text.as_bytes().to_vec());
    with(&mut body, random);
    match String::from_utf8(body) {
        Ok(text) if !is_encoded => event["body"] = text.into(),
        bytes => {
            let bytes = bytes.map_or_else(|error| error.into_bytes(), String::into_bytes);
            (event["body"], event["isBase64Encoded"]) = (STANDARD.encode(bytes).into(), true.into());
        }
    }
    true
}
