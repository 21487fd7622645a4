//! Bodies that try to set attributes of the server: only the content of the object comes from the body.

use serde_json::{Value, json};

use super::model::ANYBODY;
use pail_testing::wire::puts;
use pail_testing::{Answer, Call, Gateway, Installation, callers, figure};

/// The attributes of items through which an object or a bucket could be taken over, and other names of the server.
const NAMES: [&str; 17] = [
    "_owner",
    "_version",
    "_id",
    "_acl",
    "_writer",
    "_created",
    "_modified",
    "_generation",
    "_dropped",
    "_deleted",
    "_expires",
    "_fingerprint",
    "_dataType",
    "_content",
    "_pk",
    "_sk",
    "_",
];

/// The same names without the underscore. These are ordinary members of the client.
const PLAIN: [&str; 12] = [
    "owner",
    "version",
    "acl",
    "writer",
    "created",
    "modified",
    "generation",
    "dropped",
    "pk",
    "sk",
    "content",
    "data_type",
];

/// A value of each JSON type, and values that are special in an item.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e400",
    "18446744073709551616",
    r#""""#,
    r#""UserID:ANONYMOUS_USER""#,
    r#""\ud83d\ude00\u0000""#,
    "[]",
    r#"["UserID:ANONYMOUS_USER",[[{}]]]"#,
    "{}",
    r#"{"S":"UserID:ANONYMOUS_USER"}"#,
    r#"{"M":{"CREATE_OBJECTS_IN_BUCKET":{"SS":["UserID:ANONYMOUS_USER"]}}}"#,
    r#"{"_owner":{"_acl":[{"_id":1}]},"}":",\"_id\":1"}"#,
];

/// Spellings of a name in JSON: as it is, with the first or second character escaped, or with all.
fn spellings(name: &str) -> Vec<String> {
    let escaped = |which: &dyn Fn(usize) -> bool, upper: bool| -> String {
        let character = |(at, character): (usize, char)| match (which(at), upper) {
            (false, _) => character.to_string(),
            (true, false) => format!("\\u{:04x}", u32::from(character)),
            (true, true) => format!("\\u{:04X}", u32::from(character)),
        };
        name.chars().enumerate().map(character).collect()
    };
    vec![name.to_owned(), escaped(&|at| at == 0, false), escaped(&|at| at == 1, true), escaped(&|_| true, true)]
}

/// Bodies with the member, and the expected stored text.
fn bodies(member: &str) -> [(String, &'static str); 5] {
    [
        (format!("{{{member}}}"), "{}"),
        (format!(r#"{{"a":1.0,{member}}}"#), r#"{"a":1.0}"#),
        (format!(r#"{{{member},"a":1.0}}"#), r#"{"a":1.0}"#),
        (format!(r#"{{"a":1.0,{member},"b":{{"_id":1}}}}"#), r#"{"a":1.0,"b":{"_id":1}}"#),
        (format!(r#"{{"_0":[],{member},"_1":{{}}}}"#), "{}"),
    ]
}

/// The items that were put, without the parts that differ between requests: keys, writers and generations. Checks the
/// form of these.
fn less_what_is_random(mut items: Vec<Value>, bucket: &str, answer: &Answer) -> Vec<Value> {
    let object = items.last().cloned().expect("an object");
    let generation = object["pk"]["S"].as_str().and_then(|key| key.strip_prefix(&format!("demo/{bucket}:")));
    let generation = generation.unwrap_or_default().to_owned();
    assert!(generation.len() == 32 && generation.bytes().all(|byte| byte.is_ascii_hexdigit()), "{object}");
    for item in &mut items {
        let mut take = |name: &str| item.as_object_mut().and_then(|item| item.remove(name)).unwrap_or_default();
        let [partition, sort, writer, of_bucket] = ["pk", "sk", "writer", "generation"].map(&mut take);
        assert_eq!(writer, object["writer"]);
        assert!(is_id(&writer), "{writer}");
        if of_bucket.is_null() {
            assert_eq!((&partition, &sort), (&object["pk"], &json!({"S": answer.text("objectID")})));
        } else {
            let key = (json!({"S": "demo"}), json!({"S": format!("bucket/{bucket}")}), json!({"S": generation}));
            assert_eq!((partition, sort, of_bucket), key);
        }
    }
    items
}

/// Whether a value is a string of 36 characters in the form of a UUID.
fn is_id(value: &Value) -> bool {
    let text = value["S"].as_str().unwrap_or_default();
    text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The items that a create with this body puts, into an existing or a new bucket.
async fn put_by(installation: &Installation, bucket: &str, call: &Call) -> Vec<Value> {
    installation.wire.take_sent();
    let answer = installation.answer(call).await;
    assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
    less_what_is_random(puts(&installation.wire.take_sent()), bucket, &answer)
}

#[tokio::test]
async fn members_of_the_server_in_a_body_are_dropped_and_change_nothing() {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": [ANYBODY]})).await;
    let call = |bucket: &str| Call::create("demo", bucket).bearer(&callers::user("alice"));
    let plain = [
        put_by(&installation, "notes", &call("notes").body("{}")).await,
        put_by(&installation, "first", &call("first").body("{}")).await,
    ];
    assert_eq!([plain[0].len(), plain[1].len()], [1, 2], "an object, and one with its bucket");
    let mut tried = 0_usize;
    // Each spelling of each name with every value, or by default every sixteenth value.
    let step = figure(16, 1);
    for (at, name) in NAMES.into_iter().enumerate() {
        for (spelt, spelling) in spellings(name).into_iter().enumerate() {
            for value in VALUES.into_iter().skip((at + spelt) % step).step_by(step) {
                for (body, stored) in bodies(&format!(r#""{spelling}":{value}"#)) {
                    // Sometimes the request creates the bucket, of which the body must set nothing either.
                    let is_first = tried % 16 == 7;
                    let bucket = if is_first { format!("new-{tried}") } else { "notes".to_owned() };
                    let gateway = Gateway::ALL[tried % Gateway::ALL.len()];
                    let call = call(&bucket).through(gateway).body(body.as_str());
                    let call = if tried.is_multiple_of(5) { call.in_base64() } else { call };
                    let mut expected = plain[usize::from(is_first)].clone();
                    *content(&mut expected) = json!({"S": stored});
                    assert_eq!(put_by(&installation, &bucket, &call).await, expected, "{body}");
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, NAMES.len() * 4 * VALUES.len() * 5 / step);
}

#[tokio::test]
async fn members_with_the_names_of_attributes_are_only_content() {
    let installation = Installation::start().await;
    let call = || Call::create("demo", "notes").bearer(&callers::user("alice"));
    put_by(&installation, "notes", &call()).await;
    let plain = put_by(&installation, "notes", &call().body("{}")).await;
    for name in PLAIN {
        for value in VALUES {
            let body = format!(r#"{{"{name}":{value},"a":{{"{name}":{value}}}}}"#);
            let mut expected = plain.clone();
            *content(&mut expected) = json!({"S": body});
            assert_eq!(put_by(&installation, "notes", &call().body(body.as_str())).await, expected, "{body}");
        }
    }
}

/// The content of the object among the items that were put.
fn content(items: &mut [Value]) -> &mut Value {
    &mut items.last_mut().expect("an object")["content"]
}
