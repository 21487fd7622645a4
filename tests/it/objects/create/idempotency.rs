//! Safe retries by `Idempotency-Key` (section 3).

use serde_json::{Value, json};

use pail_testing::answer::is_uuid;
use pail_testing::{Act, Answer, Call, Gateway, Installation, NOW, app, callers};

fn call() -> Call {
    Call::create("demo", "notes").bearer(&callers::user("alice")).key("first-of-may")
}

/// Makes a request for the first time.
async fn first(installation: &Installation, call: &Call) -> Answer {
    let (answer, items) = installation.created(call).await;
    assert!(!answer.is_replay(), "{answer:?}");
    let id = answer.text("objectID");
    assert!(is_uuid(&id, '8'), "{answer:?}");
    assert_eq!(items.values().filter(|item| item.get("fingerprint").is_some()).count(), 1, "{items:?}");
    answer
}

/// Repeats a request, and checks that it gets the first answer and writes nothing.
async fn again(installation: &Installation, call: &Call, first: &Answer) {
    let before = installation.items().await;
    let answer = installation.answer(call).await;
    assert!(answer.is_replay(), "{call:?}: {answer:?}");
    assert_eq!(answer.header("idempotent-replayed"), "true");
    assert_eq!(answer.without_mark(), first.without_mark(), "{call:?}");
    assert_eq!(installation.items().await, before, "{call:?}");
}

async fn reused(installation: &Installation, call: &Call) {
    installation.refused_by_condition(call, 422, "IDEMPOTENCY_KEY_REUSED").await;
}

#[tokio::test]
async fn the_same_request_with_the_same_key_gets_the_first_answer_again() {
    for gateway in Gateway::ALL {
        let installation = Installation::start().await;
        for (scope, token) in [
            ("demo", callers::user("alice")),
            ("demo/users/me", callers::user("alice")),
            ("demo/groups/crew", callers::member("alice", &["crew"])),
            ("demo/things/sensor-1", callers::thing("sensor-1")),
            ("demo/users/bob", callers::administrator("root")),
        ] {
            let call = Call::create(scope, "notes").through(gateway).bearer(&token);
            // The first request creates the bucket, the second finds it.
            for key in ["one", "two"] {
                let answer = first(&installation, &call.clone().key(key)).await;
                again(&installation, &call.clone().key(key), &answer).await;
                again(&installation, &call.clone().key(key), &answer).await;
            }
        }
    }
}

#[tokio::test]
async fn a_replay_takes_two_calls() {
    let installation = Installation::start().await;
    let answer = first(&installation, &call()).await;
    installation.wire.take_sent();
    again(&installation, &call(), &answer).await;
    assert_eq!(installation.wire.take_operations(), ["BatchGetItem", "PutItem"]);
}

#[tokio::test]
async fn the_same_request_is_the_same_bytes_of_body_and_the_same_media_type() {
    let installation = Installation::start().await;
    let typed = call().content_type("application/vnd.demo.note+json");
    let answer = first(&installation, &typed).await;
    for same in [
        typed.clone().in_base64(),
        typed.clone().content_type("APPLICATION/VND.demo.note+JSON"),
        typed.clone().content_type("application/vnd.demo.note+json; charset=UTF-8"),
        typed.clone().header("X-Kii-SDK", "sn=jsc"),
    ] {
        again(&installation, &same, &answer).await;
    }
    for other in [
        call(),
        typed.clone().content_type("application/vnd.demo.Note+json"),
        typed.clone().body("{}"),
        typed.clone().body(r#"{"title":"Milk","done":false} "#),
        typed.clone().body(r#"{"title":"Milk","done": false}"#),
        typed.clone().body(r#"{"title":"Mil\u006b","done":false}"#),
        // Parts of the body that are not stored count as well.
        typed.clone().body(r#"{"_id":1,"title":"Milk","done":false}"#),
    ] {
        reused(&installation, &other).await;
    }
    again(&installation, &typed, &answer).await;
}

#[tokio::test]
async fn another_principal_with_the_same_key_creates_another_object() {
    let installation = Installation::start().await;
    let anybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
    installation.put_bucket("demo", "notes", anybody).await;
    let mut answers = Vec::<(Call, Answer)>::new();
    for call in [
        call().bearer(&callers::user("a")),
        call().bearer(&callers::thing("a")),
        call().bearer(&callers::administrator("a")),
        call().bearer(&callers::user("b")),
        call().without("authorization").basic("demo", "demo-key"),
    ] {
        answers.push((call.clone(), first(&installation, &call).await));
    }
    for (call, answer) in &answers {
        again(&installation, call, answer).await;
    }
    assert_eq!(installation.count().await, (1, answers.len()));
}

#[tokio::test]
async fn groups_and_tokens_of_a_user_do_not_matter_and_anonymous_callers_share_keys() {
    let installation = Installation::start().await;
    let answer = first(&installation, &call()).await;
    let fresh_token = callers::token(json!({"exp": callers::now() + 60, "groups": ["crew"]}));
    again(&installation, &call().bearer(&fresh_token), &answer).await;

    let anybody = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANONYMOUS_USER"]});
    installation.put_bucket("demo", "guests", anybody).await;
    let guest = Call::create("demo", "guests").key("guess");
    let answer = first(&installation, &guest.clone().basic("demo", "demo-key")).await;
    let kii = guest.clone().header("X-Kii-AppID", "demo").header("X-Kii-AppKey", "demo-key");
    again(&installation, &kii, &answer).await;
    reused(&installation, &kii.body("{}")).await;
}

#[tokio::test]
async fn a_key_belongs_to_one_bucket() {
    let installation = Installation::start().await;
    installation.put_app(app("other")).await;
    let buckets = [("demo", "notes"), ("demo", "Notes"), ("demo/users/alice", "notes"), ("other", "notes")];
    for (scope, bucket) in buckets {
        let token = callers::token(json!({"aud": ["demo", "other"]}));
        first(&installation, &Call::create(scope, bucket).bearer(&token).key("k")).await;
    }
    assert_eq!(installation.count().await, (buckets.len(), buckets.len()));
}

#[tokio::test]
async fn keys_are_compared_exactly() {
    let installation = Installation::start().await;
    let long = "x".repeat(255);
    let keys = ["k", "K", "\"k\"", "k,k", "k;a=b", "~!@#$^&*(){}[]\\|/?", &long, &long[1..]];
    for gateway in Gateway::ALL {
        for key in keys {
            let call = call().path(&format!("/api/apps/demo/buckets/{gateway:?}/objects")).through(gateway).key(key);
            let answer = first(&installation, &call).await;
            again(&installation, &call, &answer).await;
        }
    }
    assert_eq!(installation.count().await, (Gateway::ALL.len(), Gateway::ALL.len() * keys.len()));
}

#[tokio::test]
async fn a_malformed_key_is_400_before_anything_is_read() {
    let installation = Installation::start().await;
    for gateway in Gateway::ALL {
        for bad in ["", " ", "a b", " k", "k\t", "schlüssel", "k\0", "k\u{7f}", "k\r\nX: y", &"x".repeat(256)] {
            let answer =
                installation.refused_unread(&call().through(gateway).key(bad), 400, "INVALID_INPUT_DATA").await;
            assert_eq!(answer.text("field"), "Idempotency-Key", "{bad:?}");
        }
    }
    // Other gateways than REST APIs join two fields with a comma, which makes one malformed key.
    let twice = call().header("idempotency-key", "first-of-may").through(Gateway::RestApi);
    installation.refused_unread(&twice, 400, "INVALID_INPUT_DATA").await;
}

#[tokio::test]
async fn rights_are_checked_before_the_key() {
    let installation = Installation::start().await;
    first(&installation, &call()).await;
    let mut bucket = installation.items().await.remove(" demo bucket/notes").expect("the bucket");
    bucket["acl"] = json!({"M": {}});
    installation.put(bucket).await;
    for call in [call(), call().body("{}")] {
        installation.refused(&call, 401, "UNAUTHORIZED").await;
        installation.refused(&call.bearer("x.y.z"), 403, "WRONG_TOKEN").await;
    }
}

/// Changes the item of the object of the first answer.
async fn change(installation: &Installation, answer: &Answer, changes: Value, removed: &[&str]) {
    let id = answer.text("objectID");
    let items = installation.items().await;
    let mut object = items.values().find(|item| item["sk"]["S"] == id).expect("the object").clone();
    let members = object.as_object_mut().expect("an item is an object");
    members.extend(changes.as_object().expect("changes are an object").clone());
    members.retain(|name, _| !removed.contains(&name.as_str()));
    installation.put(object).await;
}

#[tokio::test]
async fn a_replay_after_a_change_or_the_objects_deletion_gives_the_first_answer() {
    let installation = Installation::start().await;
    let answer = first(&installation, &call()).await;
    let later = json!({"N": (NOW + 5000).to_string()});
    let changed = json!({
        "version": {"N": "7"}, "writer": {"S": "somebody else"}, "content": {"S": "{}"}, "modified": later,
    });
    change(&installation, &answer, changed, &[]).await;
    again(&installation, &call(), &answer).await;
    let deleted = json!({"version": {"N": "8"}, "writer": {"S": "another"}, "deleted": later, "expires": later});
    change(&installation, &answer, deleted, &["content", "acl"]).await;
    again(&installation, &call(), &answer).await;
    reused(&installation, &call().body("{}")).await;
}

#[tokio::test]
async fn a_key_is_dropped_with_its_bucket() {
    let installation = Installation::start().await;
    let answer = first(&installation, &call()).await;
    installation.drop_bucket().await;
    let anew = first(&installation, &call()).await;
    assert_ne!(
        anew.text("objectID"),
        answer.text("objectID"),
        "the ID of the object in the dropped bucket was used again"
    );
    again(&installation, &call(), &anew).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_knows_its_own_write_and_does_not_call_it_a_replay() {
    for bucket in [true, false] {
        let installation = Installation::start().await;
        if bucket {
            installation.created(&call().without("idempotency-key")).await;
        }
        installation.wire.plan("PutItem", [Act::LoseReply, Act::HangAfter]);
        installation.wire.plan("TransactWriteItems", [Act::LoseReply, Act::HangAfter]);
        let answer = first(&installation, &call()).await;
        again(&installation, &call(), &answer).await;
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_503_the_repeated_request_creates_one_object_or_finds_it() {
    for bucket in [true, false] {
        for (act, written) in [((|| Act::LoseReply) as fn() -> Act, true), (|| Act::Cut, false)] {
            let installation = Installation::start().await;
            if bucket {
                installation.created(&call().without("idempotency-key")).await;
            }
            let objects = installation.count().await.1;
            for operation in ["PutItem", "TransactWriteItems"] {
                installation.wire.always(operation, act);
            }
            assert_eq!(installation.answer(&call()).await.status, 503);
            installation.wire.forget_plans();
            let answer = installation.answer(&call()).await;
            assert_eq!((answer.status, answer.is_replay()), (201, written), "{answer:?}");
            assert_eq!(installation.count().await, (1, objects + 1));
            again(&installation, &call(), &answer).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_loses_the_race_for_the_bucket_to_its_own_retry_gets_the_same_answer() {
    let installation = Installation::start().await;
    let rival = installation.rival();
    installation.wire.plan("TransactWriteItems", [Act::after(move || rival.creates(call()))]);
    let answer = installation.answer(&call()).await;
    assert_eq!((answer.status, answer.is_replay()), (201, true), "{answer:?}");
    assert_eq!(installation.count().await, (1, 1));
    again(&installation, &call(), &answer).await;

    let rival = installation.rival();
    let other = Call::create("demo", "more").bearer(&callers::user("alice")).key("k");
    let rivals = other.clone().body("{}");
    installation.wire.plan("TransactWriteItems", [Act::after(move || rival.creates(rivals))]);
    let answer = installation.answer(&other).await;
    assert_eq!((answer.status, answer.error_code().as_str()), (422, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(installation.count().await, (2, 2));
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_500_and_never_a_replay() {
    let installation = Installation::start().await;
    let answer = first(&installation, &call()).await;
    for broken in [
        json!({"fingerprint": {"S": "x"}}),
        json!({"fingerprint": {"B": "AAAA"}}),
        json!({"created": {"S": "x"}}),
        json!({"writer": {"N": "1"}}),
        json!({"version": {"N": "-1"}}),
    ] {
        let whole = installation.items().await;
        change(&installation, &answer, broken, &[]).await;
        installation.refused_by_condition(&call(), 500, "UNDEFINED_ERROR").await;
        for item in whole.into_values().filter(|item| item.get("pk").is_some()) {
            installation.put(item).await;
        }
    }
    again(&installation, &call(), &answer).await;
}
