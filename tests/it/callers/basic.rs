//! App keys, by Basic and by the headers of Kii: each fault in each place, and that no answer tells which (section 2).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

use pail_testing::{Answer, Call, Gateway, Installation};

fn call() -> Call {
    Call::create("demo", "notes")
}

fn basic(plain: &[u8]) -> String {
    format!("Basic {}", STANDARD.encode(plain))
}

fn with_authorization(value: &str) -> Call {
    call().header("Authorization", value)
}

fn kii(id: &str, key: &str) -> Call {
    call().header("X-Kii-AppID", id).header("X-Kii-AppKey", key)
}

/// An installation in which anonymous callers may create, so that nothing but the credentials is in the way.
async fn open_installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    installation
}

/// Wrong variants of a `good` ID or key. Some are refused before the storage is read, some after.
fn faults(good: &str) -> Vec<String> {
    vec![
        String::new(),
        "other".to_owned(),
        good.to_uppercase(),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{good}\0"),
        format!("{good}\u{7}"),
        good[1..].to_owned(),
        good[..good.len() - 1].to_owned(),
        format!("{good}{good}"),
        format!("{good}:{good}"),
        good.replacen('d', "ď", 1),
        "x".repeat(256),
        format!("%{:x}{}", good.as_bytes()[0], &good[1..]),
    ]
}

/// Faults of the two texts in both places where they may stand.
fn wrong_texts() -> Vec<Call> {
    let basic = |id: &str, key: &str| with_authorization(&basic(format!("{id}:{key}").as_bytes()));
    let ids = faults("demo").into_iter().flat_map(|id| [basic(&id, "demo-key"), kii(&id, "demo-key")]);
    let keys = faults("demo-key").into_iter().flat_map(|key| [basic("demo", &key), kii("demo", &key)]);
    // Only REST APIs tell two keys from one that holds a comma.
    let doubled = kii("demo", "demo-key").header("X-Kii-AppKey", "demo-key");
    ids.chain(keys).chain([doubled]).collect()
}

/// Faults in how Basic is written.
fn wrong_forms() -> Vec<String> {
    let good = basic(b"demo:demo-key");
    vec![
        basic(b""),
        basic(b":"),
        basic(b"demo"),
        basic(b"demodemo-key"),
        basic(b"demo-key:demo"),
        basic(b"demo;demo-key"),
        basic(b"demo:\xff\xfe"),
        basic(b"\xef\xbb\xbfdemo:demo-key"),
        basic(&"demo:demo-key".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        basic(STANDARD.encode("demo:demo-key").as_bytes()),
        format!("Basic {}", URL_SAFE.encode(b"demo:\xfb\xff\xfe")),
        good.trim_end_matches('=').to_owned(),
        format!("{good}="),
        good.replace('=', "-"),
        // Strict Base64: bits behind the end of the text are zero.
        good.replace("eQ==", "eR=="),
        good.replace("Basic ", "Basic"),
        good.replace("Basic ", "Basic\t"),
        good.replace("Basic ", "Basic:"),
        good.replace("Basic", "Basic Basic"),
        good.replace("Basic", "Basics"),
        good.replace("Basic", "Digest"),
        good.replace("Basic ", ""),
        format!("{good} x"),
        format!("{good};charset=UTF-8"),
        format!("{good}\n"),
        format!("\"{good}\""),
        format!("{good}, {good}"),
        format!("{good},Bearer x"),
        format!(",{good}"),
        "Basic demo:demo-key".to_owned(),
        "Basic !".to_owned(),
        "Basic  ".to_owned(),
    ]
}

/// Values that are no credentials at all.
const NONE: [&str; 11] =
    ["", " ", "Basic", "Basic ", "Bearer", "Bearer ", "Digest x", "Token x", "x", "\t", "Bearer a, Bearer b"];

/// Header fields that are missing, doubled or at odds.
fn wrong_fields() -> Vec<Call> {
    let good = basic(b"demo:demo-key");
    vec![
        call(),
        call().header("X-Kii-AppID", "demo"),
        call().header("X-Kii-AppKey", "demo-key"),
        call().header("X-KiiAppID", "demo").header("X-KiiAppKey", "demo-key"),
        call().header("Proxy-Authorization", &good),
        call().header("X-Authorization", &good),
        kii("demo", "demo-key").header("X-Kii-AppID", "demo"),
        with_authorization(&good).header("Authorization", &good),
        with_authorization(&good).header("authorization", "Bearer x"),
        with_authorization("").header("Authorization", &good),
    ]
}

#[tokio::test]
async fn an_app_key_that_is_wrong_in_any_way_is_401_and_no_byte_of_the_answer_tells_in_which() {
    let installation = open_installation().await;
    // The headers of Kii never stand in for a header that is wrong.
    let beside = |value: &str| kii("demo", "demo-key").header("Authorization", value);
    let forms = wrong_forms();
    let forms =
        forms.iter().map(String::as_str).chain(NONE).flat_map(|value| [with_authorization(value), beside(value)]);
    let calls = forms.chain(wrong_fields()).map(|call| (call, false));
    let calls: Vec<(Call, bool)> = calls.chain(wrong_texts().into_iter().map(|call| (call, true))).collect();
    assert!(calls.len() >= 60, "{}", calls.len());
    let before = installation.items().await;
    let mut first: Option<Answer> = None;
    let mut read = Vec::new();
    for (call, may_be_read) in calls {
        for gateway in Gateway::ALL {
            let call = call.clone().through(gateway);
            installation.wire.take_sent();
            let answer = installation.answer(&call).await;
            assert_eq!((answer.status, answer.error_code().as_str()), (401, "UNAUTHORIZED"), "{call:?}: {answer:?}");
            assert_eq!(answer.json().get("authenticatedAppID"), None, "nobody was authenticated: {answer:?}");
            assert_eq!(&answer, first.get_or_insert_with(|| answer.clone()), "{call:?}");
            match &installation.wire.take_operations()[..] {
                [] => {}
                [operation] if may_be_read && operation == "BatchGetItem" => read.push(call),
                operations => panic!("{call:?} was refused after {operations:?}"),
            }
        }
    }
    assert_eq!(installation.items().await, before);
    // A key is looked up only if it looks like one, and is for this app: `other`, in upper case, cut at either end, twice,
    // twice with a colon, and with an escape; by Basic and by the headers of Kii. Besides, Basic takes what follows the
    // first colon of a doubled ID for the beginning of the key.
    // Two keys that a gateway joins by a comma may be one.
    assert_eq!(read.len(), (7 * 2 + 1) * Gateway::ALL.len() + 2, "{read:?}");
    // All of this was in vain only for what is wrong with it.
    for good in [with_authorization(&basic(b"demo:demo-key")), kii("demo", "demo-key")] {
        installation.created(&good).await;
    }
}
