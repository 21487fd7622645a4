//! Broken input: for every event, the answer is one of the contract's, and not a 5xx.

mod broken_events;
mod cut_and_huge;
mod mutators;
mod requests;

use serde_json::Value;

use pail_testing::wire::{Sent, is_write, puts};
use pail_testing::{Answer, INVOCATION_ID, Installation};

/// Checks that the answer is no 5xx, that a refused request has written nothing, and that a 201 agrees with the written
/// item.
async fn is_answered(installation: &Installation, event: &str, what: &str) -> Answer {
    installation.wire.take_sent();
    let answer = installation.answer_event(event).await;
    assert!(answer.status < 500, "{what}: {answer:?}\n{event}");
    let sent = installation.wire.take_sent();
    // Only the condition of the put reveals that the key was used for another request.
    let writes = |sent: &Sent| is_write(&sent.operation);
    let may_write = answer.status < 400 || answer.status == 422;
    assert!(may_write || !sent.iter().any(writes), "{what}: {answer:?}\n{event}");
    assert!(answer.status != 201 || sent.iter().any(writes), "{what}: {answer:?}\n{event}");
    if let Some(object) = puts(&sent).last().filter(|_| answer.status == 201) {
        assert!(agrees_with_item(&answer, object), "{what}: {answer:?}\n{event}\n{object}");
    }
    answer
}

/// Whether the `Location` and the body of a 201 are about this item: an object, or a bucket that was made empty.
fn agrees_with_item(answer: &Answer, object: &Value) -> bool {
    let text = |name: &str| object[name]["S"].as_str().unwrap_or_default();
    if let Some(bucket) = text("sk").strip_prefix("bucket/") {
        return answer.header("location").ends_with(&format!("/api/apps/{}/buckets/{bucket}", text("pk")));
    }
    let (bucket, _generation) = text("pk").rsplit_once(':').unwrap_or_default();
    let (scope, bucket) = bucket.rsplit_once('/').unwrap_or_default();
    answer.header("location").ends_with(&format!("/api/apps/{scope}/buckets/{bucket}/objects/{}", text("sk")))
        // The answer to a PUT has neither, because its client knows both.
        && [("objectID", "sk"), ("dataType", "data_type")]
            .iter()
            .all(|(member, name)| answer.json()[member].as_str().is_none_or(|value| value == text(name)))
}

/// Checks that headers show nothing of the event except its request ID and its host, if these are valid.
fn shows_only_what_it_may(answer: &Answer, event: &Value) -> bool {
    let id = answer.header("x-request-id");
    let host = || answer.header("location").split('/').nth(2).unwrap_or_default().to_owned();
    (id == INVOCATION_ID || event["requestContext"]["requestId"] == id)
        && (answer.status != 201 || host() == "localhost" || hosts(event).contains(&host()))
}

/// Every host in an event.
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
