//! A test for each of the protocol's safeguards for objects, which fails without that safeguard (protocol: what goes
//! wrong otherwise).

use pail_testing::fixtures::{deleted, dropped, object_item, with_version};
use pail_testing::{Act, Answer, Call, Clock, Installation, NOW, app, bucket_item, callers, items};
use serde_json::{Value, json};

const ID: &str = "the-object";
const UPDATE: &str = "UpdateItem";
const PUT: &str = "PutItem";
/// The content before a test's request.
const OLD: &str = r#"{"old":true}"#;
const MINE: &str = r#"{"mine":true}"#;
const THEIRS: &str = r#"{"theirs":true}"#;
/// The methods that change an existing object.
const WRITES: [&str; 3] = ["PUT", "PATCH", "DELETE"];

/// A request by Alice. PUT and PATCH send [`MINE`].
fn call(method: &str) -> Call {
    let call = Call::object(method, "demo", "notes", ID).bearer(&callers::user("alice"));
    if ["PUT", "PATCH"].contains(&method) { call.body(MINE) } else { call }
}

/// A request by Bob.
fn theirs(method: &str) -> Call {
    let call = call(method).bearer(&callers::user("bob"));
    if method == "PUT" { call.body(THEIRS) } else { call }
}

fn object() -> Value {
    with_version(object_item("demo", "notes", ID, OLD), 3)
}

/// The object after its ACL was changed so that nobody may do anything: the version stays.
fn locked() -> Value {
    let mut locked = object();
    locked["acl"] = items::acl(&json!({}));
    locked["writer"] = json!({"S": "whoever changed the ACL"});
    locked
}

fn bucket() -> Value {
    let signed_in = json!(["UserID:ANY_AUTHENTICATED_USER"]);
    bucket_item("demo", "notes", &json!({"CREATE_OBJECTS_IN_BUCKET": signed_in, "READ_OBJECTS_IN_BUCKET": signed_in}))
}

/// An installation with the bucket, which the process has read, and with this item in it.
async fn with(item: Option<Value>) -> Installation {
    let installation = Installation::start().await;
    installation.put(bucket()).await;
    if let Some(item) = item {
        installation.put(item).await;
    }
    installation.answer(&call("GET")).await;
    installation
}

/// The item under the object's key.
async fn stored(installation: &Installation) -> Value {
    let key = object();
    let text = |name: &str| key[name]["S"].as_str().unwrap_or_default().to_owned();
    installation.item(&text("pk"), &text("sk")).await.unwrap_or_default()
}

fn content(item: &Value) -> Value {
    item["content"]["S"].as_str().map(|text| serde_json::from_str(text).expect("JSON")).unwrap_or_default()
}

/// Another client's request just before a call takes effect.
fn after(installation: &Installation, request: Call) -> Act {
    let rival = installation.rival();
    Act::after(move || rival.succeeds(request))
}

/// A call takes effect, then another client's request. The reply to the call is lost.
fn lost_before(installation: &Installation, request: Call) -> Act {
    let rival = installation.rival();
    Act::lose_reply_after(move || rival.succeeds(request))
}

fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{answer:?}");
}

/// Safeguard: `writer` in the condition, and a new one with each change of an ACL.
#[tokio::test]
async fn a_write_that_was_judged_by_an_acl_that_is_gone_does_not_land() {
    for method in WRITES {
        let installation = with(Some(object())).await;
        let direct = installation.direct();
        installation.wire.plan(UPDATE, [Act::after(move || async move { direct.put(locked()).await })]);
        is(&installation.answer(&call(method)).await, 401, "UNAUTHORIZED");
        // Bob may still read by the bucket's ACL, so his answer reveals nothing else.
        assert_eq!(stored(&installation).await, locked(), "{method}");
    }
}

/// Safeguard: any condition on the item that was read.
#[tokio::test]
async fn a_condition_of_the_client_holds_for_exactly_what_is_replaced() {
    for method in WRITES {
        let installation = with(Some(object())).await;
        installation.wire.plan(UPDATE, [after(&installation, theirs("PUT"))]);
        let answer = installation.answer(&call(method).header("If-Match", "\"3\"")).await;
        is(&answer, 409, "OBJECT_VERSION_IS_STALE");
        assert_eq!(content(&stored(&installation).await), json!({"theirs": true}), "{method}");
    }
    let installation = with(None).await;
    installation.wire.plan(PUT, [after(&installation, theirs("PUT"))]);
    let answer = installation.answer(&call("PUT").header("If-None-Match", "*")).await;
    is(&answer, 409, "OBJECT_ALREADY_EXISTS");
    assert_eq!(content(&stored(&installation).await), json!({"theirs": true}));
}

/// Safeguard: any condition on the item that was read.
#[tokio::test(start_paused = true)]
async fn a_write_that_was_answered_503_overwrites_nothing_that_was_answered_after_it() {
    for (item, operation) in [(Some(object()), UPDATE), (Some(deleted(object())), UPDATE), (None, PUT)] {
        for method in if operation == UPDATE && item == Some(object()) { &WRITES[..] } else { &WRITES[..1] } {
            let installation = with(item.clone()).await;
            installation.wire.always(operation, || Act::Hold);
            is(&installation.answer(&call(method)).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
            installation.wire.forget_plans();
            installation.rival().succeeds(theirs("PUT")).await;
            let before = stored(&installation).await;
            installation.wire.deliver_held().await;
            assert_eq!(stored(&installation).await, before, "{method} over {item:?}");
        }
    }
}

/// Safeguard: recognising our own `writer`.
#[tokio::test(start_paused = true)]
async fn a_write_whose_reply_was_lost_is_known_again_and_not_made_twice() {
    for (item, method, operation, condition, status, version) in [
        (None, "PUT", PUT, Some(("If-None-Match", "*")), 201, "1"),
        (None, "PUT", PUT, None, 201, "1"),
        (Some(deleted(object())), "PUT", UPDATE, Some(("If-None-Match", "*")), 201, "5"),
        (Some(object()), "PUT", UPDATE, Some(("If-Match", "3")), 200, "4"),
        (Some(object()), "PUT", UPDATE, None, 200, "4"),
        (Some(object()), "PATCH", UPDATE, Some(("If-Match", "3")), 200, "4"),
        (Some(object()), "PATCH", UPDATE, None, 200, "4"),
        (Some(object()), "DELETE", UPDATE, Some(("If-Match", "3")), 204, "4"),
        (Some(object()), "DELETE", UPDATE, None, 204, "4"),
    ] {
        for lost in [vec![Act::LoseReply], vec![Act::Cut, Act::HangAfter, Act::LoseReply]] {
            let installation = with(item.clone()).await;
            installation.wire.plan(operation, lost);
            let call = call(method);
            let call = if let Some((name, value)) = condition { call.header(name, value) } else { call };
            let answer = installation.answer(&call).await;
            assert_eq!(answer.status, status, "{method} {condition:?}: {answer:?}");
            assert!(status == 204 || answer.header("etag") == format!("\"{version}\""), "{answer:?}");
            assert_eq!(stored(&installation).await["version"]["N"], version, "{method} {condition:?}");
        }
    }
}

/// Safeguard: tombstones, and `writer` in the condition over one.
#[tokio::test(start_paused = true)]
async fn an_object_that_was_deleted_meanwhile_does_not_come_back_with_another_attempt_of_its_put() {
    for (item, operation) in [(None, PUT), (Some(deleted(object())), UPDATE), (Some(object()), UPDATE)] {
        let installation = with(item.clone()).await;
        installation.wire.plan(operation, [lost_before(&installation, theirs("DELETE"))]);
        // A 4xx would be wrong, because the write took effect.
        is(&installation.answer(&call("PUT")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
        let after = stored(&installation).await;
        assert!(
            after.get("deleted").is_some() && after.get("content").is_none(),
            "the object is back over {item:?}: {after}"
        );
        // The same with a late attempt.
        let installation = with(item.clone()).await;
        installation.wire.plan(operation, [Act::Hold]);
        assert!(installation.answer(&call("PUT")).await.status < 300);
        installation.rival().succeeds(theirs("DELETE")).await;
        let before = stored(&installation).await;
        installation.wire.deliver_held().await;
        assert_eq!(stored(&installation).await, before, "the object is back over {item:?}");
    }
}

/// Safeguard: the version continues over a tombstone.
#[tokio::test]
async fn an_etag_of_a_deleted_object_never_fits_the_next_one() {
    let installation = with(None).await;
    let first = installation.answer(&call("PUT")).await;
    installation.answer(&call("DELETE")).await;
    let second = installation.answer(&theirs("PUT")).await;
    assert_eq!((first.header("etag"), second.header("etag")), ("\"1\"", "\"3\""));
    for method in WRITES {
        let stale = call(method).header("If-Match", first.header("etag"));
        is(&installation.answer(&stale).await, 409, "OBJECT_VERSION_IS_STALE");
    }
    assert_eq!(content(&stored(&installation).await), json!({"theirs": true}));
}

/// Safeguard: `fingerprint` and `first_created` stay over a tombstone.
#[tokio::test(start_paused = true)]
async fn a_create_with_a_key_is_replayed_after_its_object_was_deleted_and_its_id_put() {
    let (clock, keyed) = (Clock::new(), |call: Call| call.key("the-key").bearer(&callers::user("alice")));
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put_app(app("demo")).await;
    installation.put(bucket()).await;
    let create = keyed(Call::create("demo", "notes").body(MINE));
    let first = installation.answer(&create).await;
    let path = format!("/api/apps/demo/buckets/notes/objects/{}", first.text("objectID"));
    let id = |method: &str| theirs(method).path(&path);
    for (number, method) in (1..).zip(["DELETE", "PUT", "PUT", "DELETE", "PUT"]) {
        clock.set(NOW + number * 1_000);
        assert!(installation.answer(&id(method)).await.status < 300, "{method}");
        let again = installation.answer(&create).await;
        assert_eq!(again.status, 201, "{method}: {again:?}");
        assert!(again.is_replay(), "{method}: {again:?}");
        assert_eq!(again.without_mark().body, first.body, "{method}");
    }
}

/// The same between two attempts of the create.
#[tokio::test(start_paused = true)]
async fn a_create_with_a_key_is_not_refused_for_what_it_has_written_itself() {
    let installation = with(None).await;
    let (first, second) = (installation.rival(), installation.rival());
    let wire = installation.wire.clone();
    let meanwhile = move || async move {
        let put = wire.take_sent().pop().expect("the put");
        let path =
            format!("/api/apps/demo/buckets/notes/objects/{}", put.body["Item"]["sk"]["S"].as_str().expect("an ID"));
        first.succeeds(theirs("DELETE").path(&path)).await;
        second.succeeds(theirs("PUT").path(&path)).await;
    };
    installation.wire.plan(PUT, [Act::lose_reply_after(meanwhile)]);
    let create = Call::create("demo", "notes").body(MINE).key("the-key").bearer(&callers::user("alice"));
    let answer = installation.answer(&create).await;
    assert_eq!((answer.status, answer.is_replay()), (201, true), "{answer:?}");
}

/// Safeguard: 503 when the outcome is unknown.
#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_been_overwritten_is_503_and_undoes_nothing() {
    for method in WRITES {
        for condition in [None, Some(("If-Match", "3"))] {
            // The write takes effect and is overwritten, or never arrives.
            for lands in [true, false] {
                let installation = with(Some(object())).await;
                let put = theirs("PUT");
                // Over the tombstone of a DELETE, the PUT creates a new object.
                let acts = if lands {
                    vec![lost_before(&installation, put)]
                } else {
                    vec![Act::Cut, after(&installation, put)]
                };
                installation.wire.plan(UPDATE, acts);
                let call = call(method);
                let call = if let Some((name, value)) = condition { call.header(name, value) } else { call };
                is(&installation.answer(&call).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
                assert_eq!(content(&stored(&installation).await), json!({"theirs": true}), "{method}, lands: {lands}");
            }
        }
    }
    let installation = with(None).await;
    installation.wire.plan(PUT, [lost_before(&installation, theirs("PUT"))]);
    is(&installation.answer(&call("PUT")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
    assert_eq!(content(&stored(&installation).await), json!({"theirs": true}));
}

/// The same when the tombstone that was read no longer exists.
#[tokio::test(start_paused = true)]
async fn a_put_over_a_tombstone_that_has_expired_meanwhile_is_503() {
    let tombstone = deleted(object());
    let installation = with(Some(tombstone.clone())).await;
    let engine = installation.wire.emulator().engine();
    installation.wire.plan(
        UPDATE,
        [Act::after(move || async move {
            let key = items::key(&tombstone);
            let delete = json!({"TableName": "objects", "Key": key}).to_string();
            assert_eq!(engine.answer("DynamoDB_20120810.DeleteItem", delete.as_bytes()).0, 200);
        })],
    );
    is(&installation.answer(&call("PUT")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
    assert_eq!(stored(&installation).await, Value::Null);
}

/// Safeguard: attempts are counted separately for the write of each round.
#[tokio::test(start_paused = true)]
async fn a_lost_reply_in_a_later_round_is_known_again() {
    for method in WRITES {
        let installation = with(Some(object())).await;
        installation.wire.plan(UPDATE, [after(&installation, theirs("PUT")), Act::LoseReply]);
        let answer = installation.answer(&call(method)).await;
        assert!(answer.status < 300, "{method}: {answer:?}");
        assert_eq!(stored(&installation).await["version"]["N"], "5", "{method}");
    }
    // The write of the first round was sent once, so its outcome is known in the second round.
    let installation = with(Some(object())).await;
    let (first, second) = (after(&installation, theirs("PUT")), after(&installation, theirs("PUT")));
    installation.wire.plan(UPDATE, [first, second]);
    assert_eq!(installation.answer(&call("PUT")).await.status, 200);
    assert_eq!(stored(&installation).await["version"]["N"], "6");
}

/// Safeguard: rights again in each round.
#[tokio::test]
async fn a_right_to_create_overwrites_nothing_that_was_created_meanwhile() {
    for tombstone in [false, true] {
        let installation = with(tombstone.then(|| deleted(object()))).await;
        let (direct, operation) = (installation.direct(), if tombstone { UPDATE } else { PUT });
        installation.wire.plan(operation, [Act::after(move || async move { direct.put(locked()).await })]);
        is(&installation.answer(&call("PUT")).await, 401, "UNAUTHORIZED");
        assert_eq!(stored(&installation).await, locked());
    }
}

/// Safeguard: rights again in each round, when the object was deleted and the right to create decides.
#[tokio::test]
async fn a_right_to_write_creates_nothing_where_the_object_was_deleted_meanwhile() {
    let installation = Installation::start().await;
    installation.put(bucket_item("demo", "notes", &json!({}))).await;
    installation.put(object()).await;
    installation.wire.plan(UPDATE, [after(&installation, theirs("DELETE"))]);
    is(&installation.answer(&call("PUT")).await, 401, "UNAUTHORIZED");
    assert!(stored(&installation).await.get("deleted").is_some());
}

/// Safeguard: merge again in each round.
#[tokio::test]
async fn a_change_brings_back_nothing_that_was_replaced_meanwhile() {
    for content_type in ["application/json", "application/merge-patch+json"] {
        let installation = with(Some(object())).await;
        installation.wire.plan(UPDATE, [after(&installation, theirs("PUT"))]);
        let answer = installation.answer(&call("PATCH").content_type(content_type)).await;
        assert_eq!((answer.status, answer.header("etag")), (200, "\"5\""), "{answer:?}");
        assert_eq!(content(&stored(&installation).await), json!({"theirs": true, "mine": true}));
        assert_eq!(answer.json().get("old"), None, "{answer:?}");
    }
}

/// Safeguard: rights again after a lost race for the bucket.
#[tokio::test]
async fn a_put_that_loses_the_race_for_its_bucket_is_judged_by_the_winners_acls() {
    let anonymous = || Call::object("PUT", "demo", "notes", ID).body(MINE).basic("demo", "demo-key");
    for winner in [Call::create("demo", "notes").bearer(&callers::user("bob")), theirs("PUT")] {
        let installation = Installation::start().await;
        installation
            .put_scope_acl(
                "demo",
                json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"]}),
            )
            .await;
        installation.wire.plan("TransactWriteItems", [after(&installation, winner)]);
        is(&installation.answer(&anonymous()).await, 401, "UNAUTHORIZED");
        let objects = installation.items().await.into_values().filter(|item| item.get("content").is_some()).count();
        assert_eq!(objects, 1, "only the winner's object exists");
        installation.assert_whole().await;
    }
}

/// Safeguard: preconditions again after a lost race for the bucket.
#[tokio::test]
async fn a_put_that_loses_the_race_for_its_bucket_still_creates_only_what_is_not_there() {
    let installation = Installation::start().await;
    installation.wire.plan("TransactWriteItems", [after(&installation, theirs("PUT"))]);
    is(&installation.answer(&call("PUT").header("If-None-Match", "*")).await, 409, "OBJECT_ALREADY_EXISTS");
    assert_eq!(installation.count().await, (1, 1));
}

/// Safeguard: the generation in an object's key.
#[tokio::test(start_paused = true)]
async fn a_late_put_that_was_judged_in_a_dropped_bucket_changes_nothing_of_the_next() {
    for item in [None, Some(object()), Some(deleted(object()))] {
        let installation = with(item.clone()).await;
        for operation in [PUT, UPDATE] {
            installation.wire.always(operation, || Act::Hold);
        }
        assert_eq!(installation.answer(&call("PUT")).await.status, 503);
        installation.wire.forget_plans();
        installation.put(dropped(bucket())).await;
        let answer = installation.answer(&theirs("PUT")).await;
        assert_eq!((answer.status, answer.header("etag")), (201, "\"1\""), "{answer:?}");
        let before = installation.answer(&call("GET")).await;
        installation.wire.deliver_held().await;
        assert_eq!(installation.answer(&call("GET")).await, before, "{item:?}");
    }
}

/// Safeguard: a PUT removes the attributes of a tombstone, and a DELETE removes the object's ACL.
#[tokio::test]
async fn a_new_object_over_a_tombstone_does_not_expire_and_has_its_default_acl() {
    let mut item = object();
    item["acl"] = items::acl(&json!({"WRITE_EXISTING_OBJECT": ["UserID:ANY_AUTHENTICATED_USER"]}));
    let installation = with(Some(item)).await;
    assert_eq!(installation.answer(&call("DELETE")).await.status, 204);
    let tombstone = stored(&installation).await;
    let expires = (NOW / 1000 + 7 * 24 * 60 * 60).to_string();
    assert_eq!((&tombstone["expires"]["N"], &tombstone["deleted"]["N"]), (&json!(expires), &json!(NOW.to_string())));
    for name in ["content", "data_type", "modified", "acl", "entries"] {
        assert!(tombstone.get(name).is_none(), "{name}: {tombstone}");
    }
    assert_eq!(installation.answer(&theirs("PUT")).await.status, 201);
    let new = stored(&installation).await;
    for name in ["expires", "deleted", "acl"] {
        assert!(new.get(name).is_none(), "{name}: {new}");
    }
    assert_eq!(new["owner"]["S"], "UserID:bob");
}

/// Safeguard: every content write sets `entries` whole.
#[tokio::test]
async fn a_write_of_content_keeps_no_mark_of_an_index_entry_that_it_does_not_know() {
    for method in ["PUT", "PATCH"] {
        let mut item = object();
        item["entries"] = json!({"M": {"1": {"B": "AAAA"}}});
        let installation = with(Some(item)).await;
        assert_eq!(installation.answer(&call(method)).await.status, 200);
        assert_eq!(stored(&installation).await["entries"], json!({"M": {}}), "{method}");
    }
    let installation = with(None).await;
    assert_eq!(installation.answer(&call("PUT")).await.status, 201);
    assert_eq!(stored(&installation).await["entries"], json!({"M": {}}));
}

/// Rounds end two seconds before the deadline.
#[tokio::test(start_paused = true)]
async fn a_write_that_others_keep_overtaking_is_503_in_time_and_has_written_nothing() {
    for method in WRITES {
        let installation = with(Some(object())).await;
        let direct = installation.direct();
        let mut version = 3;
        installation.wire.always(UPDATE, move || {
            version += 1;
            let (direct, next) = (direct.clone(), with_version(object(), version));
            Act::after(move || async move { direct.put(next).await })
        });
        let start = tokio::time::Instant::now();
        is(&installation.answer(&call(method)).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
        assert!(start.elapsed() < installation.time_left, "{method}: {:?}", start.elapsed());
        assert_eq!(content(&stored(&installation).await), json!({"old": true}), "{method}");
        let rounds = installation.wire.take_operations().len();
        assert!((10..500).contains(&rounds), "{method}: {rounds} rounds");
    }
}
