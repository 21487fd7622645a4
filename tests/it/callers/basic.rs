//! App keys, by Basic and by the headers of Kii: every fault in every place gets the same answer (section 2).

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

/// An installation in which anonymous callers may create, so that a request can only fail because of its credentials.
async fn open_installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
    installation
}

/// Wrong variants of a `good` ID or key. Some are refused before the storage is read, others afterwards.
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

/// Calls with a wrong ID or key, by Basic and by the headers of Kii.
fn wrong_texts() -> Vec<Call> {
    let basic = |id: &str, key: &str| with_authorization(&basic(format!("{id}:{key}").as_bytes()));
    let ids = faults("demo").into_iter().flat_map(|id| [basic(&id, "demo-key"), kii(&id, "demo-key")]);
    let keys = faults("demo-key").into_iter().flat_map(|key| [basic("demo", &key), kii("demo", &key)]);
    // Other gateways than REST APIs join two values with a comma, which a key may contain.
    let doubled = kii("demo", "demo-key").header("X-Kii-AppKey", "demo-key");
    ids.chain(keys).chain([doubled]).collect()
}

/// Values of `Authorization` with a wrong form of Basic.
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
        // Strict Base64: the unused bits of the last character must be zero.
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

/// Values of `Authorization` without credentials.
const NONE: [&str; 11] =
    ["", " ", "Basic", "Basic ", "Bearer", "Bearer ", "Digest x", "Token x", "x", "\t", "Bearer a, Bearer b"];

/// Calls with missing, repeated or contradictory header fields.
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
async fn every_wrong_app_key_gets_the_same_401_byte_for_byte() {
    let installation = open_installation().await;
    // Valid headers of Kii never replace an invalid `Authorization`.
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
            // The scheme that is offered says only what the call has said itself.
            let mut unchallenged = answer.clone();
            assert!(unchallenged.headers.remove("www-authenticate").is_some(), "{answer:?}");
            assert_eq!(&unchallenged, first.get_or_insert_with(|| unchallenged.clone()), "{call:?}");
            match &installation.wire.take_operations()[..] {
                [] => {}
                [operation] if may_be_read && operation == "BatchGetItem" => read.push(call),
                operations => panic!("{call:?} was refused after {operations:?}"),
            }
        }
    }
    assert_eq!(installation.items().await, before);
    // Pail reads the app only if the key has the right form and the ID is the path's. Seven wrong keys have the right
    // form: `other`, in upper case, cut at either end, doubled, doubled with a colon, and with an escape; by Basic and
    // by the headers of Kii. In addition, Basic takes everything after the first colon of `demo:demo` as the key. Two
    // keys that a gateway joins with a comma have the form of one key.
    assert_eq!(read.len(), (7 * 2 + 1) * Gateway::ALL.len() + 2, "{read:?}");
    // The same calls with the right key succeed.
    for good in [with_authorization(&basic(b"demo:demo-key")), kii("demo", "demo-key")] {
        installation.created(&good).await;
    }
}
