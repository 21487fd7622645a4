//! A create is repeated with its idempotency key after the object was changed, deleted or created again.

use serde_json::Value;

use pail_testing::{Answer, Call, Clock, Installation, app, callers};

use super::stage::later;

fn create() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice")).key("first-of-may")
}

/// Repeats the request, and checks that it gets the first answer and writes nothing.
async fn is_first_answer(installation: &Installation, first: &Answer) {
    let before = installation.items().await;
    let answer = installation.answer(&create()).await;
    assert!(answer.is_replay(), "{answer:?}");
    assert_eq!(answer.without_mark(), first.without_mark());
    installation.refused_by_condition(&create().body("{}"), 422, "IDEMPOTENCY_KEY_REUSED").await;
    assert_eq!(installation.items().await, before);
}

#[tokio::test]
async fn a_replay_gives_the_first_answer_after_any_change_of_the_object() {
    let clock = Clock::new();
    let installation = Installation::without_app(clock.system()).await;
    installation.put_app(app("demo")).await;
    let first = installation.answer(&create()).await;
    assert!(!first.is_replay(), "{first:?}");
    let id = first.text("objectID");
    let stored = async || -> Value {
        let items = installation.items().await;
        items.into_values().find(|item| item["sk"]["S"] == id).expect("the object")
    };
    let fingerprint = stored().await["fingerprint"].clone();
    assert!(fingerprint["B"].is_string());
    let steps = ["PUT", "PATCH", "DELETE", "PUT", "PATCH", "DELETE", "PUT", "PUT", "DELETE"];
    for (at, method) in (1_u64..).zip(steps) {
        clock.set(later(1000 * at));
        // By another user, with another data type.
        let call = Call::object(method, "demo", "notes", &id).bearer(&callers::administrator("operator"));
        let call = if method == "PUT" { call.content_type("application/vnd.demo.note+json") } else { call };
        let answer = installation.answer(&call.body(r#"{"a":1}"#)).await;
        assert!(answer.status < 300, "{answer:?}");
        assert_eq!(stored().await["fingerprint"], fingerprint);
        is_first_answer(&installation, &first).await;
    }
}

#[tokio::test]
async fn an_object_that_was_put_under_the_id_of_a_key_is_not_a_replay() {
    let installation = Installation::start().await;
    let id = installation.answer(&create()).await.text("objectID");
    // The same bucket without the object: the key is unknown, and a PUT uses the ID.
    let object = installation.items().await.into_values().find(|item| item["sk"]["S"] == id).expect("the object");
    let mut without_record = object;
    without_record.as_object_mut().expect("an item").remove("fingerprint");
    installation.put(without_record).await;
    installation.refused_by_condition(&create(), 422, "IDEMPOTENCY_KEY_REUSED").await;
}
