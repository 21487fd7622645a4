//! The ways of the operations on one object, and how the tables are checked after them.

use pail_testing::fixtures::{GENERATION, deleted, object_item, with_version};
use pail_testing::{Act, Answer, Call, Installation, Items, bucket_item, callers, items};
use serde_json::{Value, json};

use super::ways::{BATCH, Caller, Event, GET, MINE, NEXT, Operation, PUT, State, TRANSACT, Thing, UPDATE, Way};

/// The ID of the object.
pub const ID: &str = "the-object";
/// The content before the request.
const OLD: &str = r#"{"whose":"theirs","kept":1}"#;
/// The same with the indexed values that the request writes.
const MY_OLD: &str = r#"{"whose":"mine","kept":1}"#;
/// The content that another client puts meanwhile.
pub const THEIR_PUT: &str = r#"{"whose":"theirs","kept":2}"#;

/// A request for the object, without credentials and body.
pub fn request(method: &str) -> Call {
    Call::object(method, "demo", "notes", ID)
}

const READ: Way = Way {
    operation: Operation::GetObject,
    name: "bucket not read before",
    state: State::Of(Thing::Object, false),
    calls: &[BATCH, GET],
    status: 200,
    status_without_event: 200,
    status_of_repetition: 200,
    ..NEXT
};
const SEEN: Way = Way { name: "bucket read before", state: State::Of(Thing::Object, true), calls: &[BATCH], ..READ };
pub const REPLACE: Way = Way { operation: Operation::PutObject, name: "replaced", calls: &[BATCH, UPDATE], ..SEEN };
pub const NEW: Way = Way {
    name: "new ID",
    state: State::Of(Thing::Nothing, true),
    calls: &[BATCH, PUT],
    status: 201,
    status_without_event: 201,
    ..REPLACE
};
pub const FIRST: Way = NEW.first();
pub const PATCH: Way = Way { operation: Operation::PatchObject, ..REPLACE };
pub const DELETE: Way = Way {
    operation: Operation::DeleteObject,
    name: "deleted",
    status: 204,
    status_without_event: 204,
    status_of_repetition: 404,
    ..REPLACE
};

const fn not_seen(way: Way, calls: &'static [&'static str]) -> Way {
    let State::Of(thing, _) = way.state else { return way };
    Way { name: "the same, bucket not read before", state: State::Of(thing, false), calls, ..way }
}

/// A request that another client precedes by a write, so that it writes in a second round.
const fn second_round(way: Way, name: &'static str, by: &'static [(usize, Event)]) -> Way {
    Way { name, events: by, calls: &[BATCH, UPDATE, UPDATE], ..way }
}

/// A request with a condition that no longer holds after a PUT by another client.
pub const fn stale_by_put(way: Way, name: &'static str, condition: (&'static str, &'static str)) -> Way {
    Way { name, condition: Some(condition), events: BY_PUT, status: 409, status_of_repetition: 409, ..way }
}

const BY_PUT: &[(usize, Event)] = &[(1, Event::TheyPut)];
const BY_DELETE: &[(usize, Event)] = &[(1, Event::TheyDelete)];
pub const OVER_TOMBSTONE: Way =
    Way { name: "over a tombstone", state: State::Of(Thing::Tombstone, true), calls: &[BATCH, UPDATE], ..NEW };

pub const WAYS: [Way; 43] = [
    READ,
    SEEN,
    Way {
        name: "bucket dropped and created again since it was read",
        state: State::Of(Thing::ObjectOfTheNextBucket, true),
        calls: &[BATCH, GET],
        ..READ
    },
    Way { name: "object unprocessed", events: &[(0, Event::ObjectUnprocessed)], calls: &[BATCH, BATCH], ..SEEN },
    SEEN.refused("no object", State::Of(Thing::Nothing, true), &[BATCH], 404),
    SEEN.refused("no object, bucket not read before", State::Of(Thing::Nothing, false), &[BATCH, GET], 404),
    SEEN.refused("a deleted object", State::Of(Thing::Tombstone, true), &[BATCH], 404),
    SEEN.refused("no bucket", State::NoBucket, &[BATCH], 404),
    Way {
        caller: Caller::Anonymous,
        ..SEEN.refused("denied by the object", State::Of(Thing::LockedObject, true), &[BATCH], 401)
    },
    NEW,
    not_seen(NEW, &[BATCH, GET, PUT]),
    REPLACE,
    not_seen(REPLACE, &[BATCH, GET, UPDATE]),
    OVER_TOMBSTONE,
    not_seen(OVER_TOMBSTONE, &[BATCH, GET, UPDATE]),
    FIRST,
    FIRST.over_dropped_bucket(),
    FIRST.over_swept_bucket(),
    Way {
        name: "lost race for the bucket",
        events: &[(1, Event::TheyCreate)],
        calls: &[BATCH, GET, TRANSACT, GET, PUT],
        ..FIRST
    },
    Way {
        name: "lost race for the bucket and the ID",
        events: &[(1, Event::TheyPut)],
        calls: &[BATCH, GET, TRANSACT, GET, UPDATE],
        status: 200,
        ..FIRST
    },
    FIRST.after_conflict(),
    second_round(REPLACE, "PUT by another client", BY_PUT),
    Way { status: 201, ..second_round(REPLACE, "DELETE by another client", BY_DELETE) },
    Way { name: "lost race for the ID", events: BY_PUT, calls: &[BATCH, PUT, UPDATE], status: 200, ..NEW },
    stale_by_put(NEW, "lost race for the ID, with If-None-Match", ("If-None-Match", "*")),
    Way {
        condition: Some(("If-Match", "\"2\"")),
        ..REPLACE.refused("stale", State::Of(Thing::Object, true), &[BATCH], 409)
    },
    stale_by_put(REPLACE, "PUT by another client, with If-Match", ("If-Match", "\"3\"")),
    Way {
        condition: Some(("If-Match", "*")),
        ..NEW.refused("If-Match without an object", State::Of(Thing::Nothing, true), &[BATCH], 404)
    },
    REPLACE.refused("denied by the bucket", State::LockedBucket, &[BATCH, GET], 401),
    REPLACE.refused("denied by the object", State::Of(Thing::LockedObject, true), &[BATCH], 401),
    PATCH,
    not_seen(PATCH, &[BATCH, GET, UPDATE]),
    second_round(PATCH, "PUT by another client", BY_PUT),
    Way { name: "DELETE by another client", events: BY_DELETE, status: 404, ..PATCH },
    stale_by_put(PATCH, "PUT by another client, with If-Match", ("If-Match", "\"3\"")),
    PATCH.refused("no object", State::Of(Thing::Nothing, true), &[BATCH], 404),
    PATCH.refused("denied by the object", State::Of(Thing::LockedObject, true), &[BATCH], 401),
    DELETE,
    not_seen(DELETE, &[BATCH, GET, UPDATE]),
    second_round(DELETE, "PUT by another client", BY_PUT),
    Way { name: "DELETE by another client", events: BY_DELETE, status: 404, ..DELETE },
    DELETE.refused("a deleted object", State::Of(Thing::Tombstone, true), &[BATCH], 404),
    DELETE.refused("denied by the object", State::Of(Thing::LockedObject, true), &[BATCH], 401),
];

/// Creates the bucket and its content.
pub async fn prepare(installation: &Installation, thing: Thing, is_seen: bool) {
    let signed_in = json!(["UserID:ANY_AUTHENTICATED_USER"]);
    let acl = json!({"CREATE_OBJECTS_IN_BUCKET": signed_in, "READ_OBJECTS_IN_BUCKET": signed_in});
    let bucket = bucket_item("demo", "notes", &acl);
    installation.put(bucket.clone()).await;
    let mut object = with_version(object_item("demo", "notes", ID, OLD), 3);
    match thing {
        Thing::Nothing => {}
        Thing::Object | Thing::ObjectOfTheNextBucket => installation.put(object.clone()).await,
        Thing::MyObject => {
            object["content"] = json!({"S": MY_OLD});
            installation.put(object.clone()).await;
        }
        Thing::LockedObject => {
            object["acl"] = items::acl(&json!({}));
            installation.put(object.clone()).await;
        }
        Thing::Tombstone => installation.put(deleted(object.clone())).await,
    }
    if is_seen {
        installation.answer(&request("GET").bearer(&callers::user("alice"))).await;
    }
    if thing == Thing::ObjectOfTheNextBucket {
        let mut next = with_version(bucket, 3);
        next["generation"] = json!({"S": GENERATION.replace("01", "ff")});
        object["pk"] = json!({"S": format!("demo/notes:{}", GENERATION.replace("01", "ff"))});
        object["content"] = json!({"S": THEIR_PUT});
        installation.put(next).await;
        installation.put(object).await;
    }
}

/// Leaves the object out of the reply to a batch.
pub fn unprocessed() -> Act {
    Act::unprocessed_item(ID)
}

/// The object in the current generation of the bucket.
fn object(items: &Items) -> Option<&Value> {
    let generation = items.get(" demo bucket/notes")?["generation"]["S"].as_str()?;
    items.get(&format!(" demo/notes:{generation} {ID}"))
}

/// Compares the tables after a request with a fault with its answer.
pub fn check(way: Way, answer: &Answer, before: &Items, after: &Items) {
    check_repeated(way, answer, after);
    let is_mine = object(after).is_some_and(|object| whose(object) == Some("mine".into()));
    let is_deleted = object(after).is_some_and(|object| object.get("deleted").is_some());
    let was_mine = object(before).is_some_and(|object| whose(object) == Some("mine".into()));
    let was_deleted = object(before).is_some_and(|object| object.get("deleted").is_some());
    match answer.status {
        200..300 | 503 => {}
        status => {
            let they_delete = way.events.iter().any(|(_, event)| *event == Event::TheyDelete);
            assert!(!is_mine || was_mine, "{status}, and it has written");
            assert!(is_deleted == was_deleted || they_delete, "{status}, and it has deleted");
        }
    }
    if way.operation == Operation::GetObject {
        assert_eq!(before, after, "a GET has written");
    }
}

/// Checks the tables after a request whose earlier attempt may have taken effect.
pub fn check_repeated(way: Way, answer: &Answer, after: &Items) {
    let found = object(after);
    if let Some(item) = found {
        let is_live = item.get("deleted").is_none();
        for name in ["content", "data_type", "modified", "entries"] {
            assert_eq!(item.get(name).is_some(), is_live, "{name} of {item}");
        }
        assert_eq!(item.get("expires").is_none(), is_live, "{item}");
    }
    if !(200..300).contains(&answer.status) {
        return;
    }
    let item = found.expect("the object in the answer");
    if way.operation == Operation::DeleteObject {
        assert!(item.get("deleted").is_some(), "{item}");
        return;
    }
    assert_eq!(answer.header("etag"), format!("\"{}\"", item["version"]["N"].as_str().unwrap_or_default()), "{item}");
    match way.operation {
        Operation::GetObject => assert_eq!(Some(answer.json()["whose"].clone()), whose(item)),
        Operation::PatchObject => {
            assert_eq!(whose(item), Some("mine".into()));
            assert_eq!(answer.json()["kept"], content(item)["kept"]);
            assert!(content(item)["kept"].is_u64(), "{item}");
        }
        _ => assert_eq!(item["content"]["S"], MINE),
    }
}

fn content(item: &Value) -> Value {
    item["content"]["S"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn whose(item: &Value) -> Option<Value> {
    content(item).get("whose").cloned()
}
