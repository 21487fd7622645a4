//! Broken input: whatever an event contains, the answer is one of the contract's, and not a 5xx.

mod broken_events;
mod cut_and_huge;
mod mutators;
mod requests;

use serde_json::Value;

use pail_testing::wire::{Sent, is_write, puts};
use pail_testing::{Answer, INVOCATION_ID, Installation};

/// Checks that the answer is no 5xx, that a refusal has written nothing, and that
/// a 201 agrees with what was written.
async fn is_answered(installation: &Installation, event: &str, what: &str) -> Answer {
    installation.wire.take_sent();
    let answer = installation.answer_event(event).await;
    assert!(answer.status < 500, "{what}: {answer:?}\n{event}");
    let sent = installation.wire.take_sent();
    // The condition of a put finds out that a key was used for another request.
    let writes = |sent: &Sent| is_write(&sent.operation);
    let may_write = answer.status < 400 || answer.status == 422;
    assert!(may_write || !sent.iter().any(writes), "{what}: {answer:?}\n{event}");
    assert!(answer.status != 201 || sent.iter().any(writes), "{what}: {answer:?}\n{event}");
    if let Some(object) = puts(&sent).last().filter(|_| answer.status == 201) {
        assert!(says_what_was_written(&answer, object), "{what}: {answer:?}\n{event}\n{object}");
    }
    answer
}

/// Whether the `Location` and the body of a 201 are about this item.
fn says_what_was_written(answer: &Answer, object: &Value) -> bool {
    let text = |name: &str| object[name]["S"].as_str().unwrap_or_default();
    let (bucket, _generation) = text("pk").rsplit_once(':').unwrap_or_default();
    let (scope, bucket) = bucket.rsplit_once('/').unwrap_or_default();
    answer.header("location").ends_with(&format!("/api/apps/{scope}/buckets/{bucket}/objects/{}", text("sk")))
        // A PUT names neither, as its client knows both.
        && [("objectID", "sk"), ("dataType", "data_type")]
            .iter()
            .all(|(member, name)| answer.json()[member].as_str().is_none_or(|value| value == text(name)))
}

/// What of an event may be shown in a header is its own request ID and host, and each only if it is one.
fn shows_only_what_it_may(answer: &Answer, event: &Value) -> bool {
    let id = answer.header("x-request-id");
    let host = || answer.header("location").split('/').nth(2).unwrap_or_default().to_owned();
    (id == INVOCATION_ID || event["requestContext"]["requestId"] == id)
        && (answer.status != 201 || host() == "localhost" || hosts(event).contains(&host()))
}

/// Every host that an event names.
fn hosts(event: &Value) -> Vec<String> {
    let mut hosts: Vec<String> =
        event["requestContext"]["domainName"].as_str().map(str::to_owned).into_iter().collect();
    for fields in [&event["headers"], &event["multiValueHeaders"]] {
        let fields = fields.as_object().into_iter().flatten();
        for (_, value) in fields.filter(|(name, _)| name.eq_ignore_ascii_case("host")) {
            let one = value.as_str().map(str::to_owned);
            let many = value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            hosts.extend(one.into_iter().chain(many));
        }
    }
    hosts
}
