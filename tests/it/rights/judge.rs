//! Compares the outcome of a create with the model's.

use serde_json::{Map, Value, json};

use super::model::{Caller, Home, VERBS, default_of_bucket};
use pail_testing::answer::is_uuid;
use pail_testing::wire::puts;
use pail_testing::{Call, Installation, NOW};

/// Compares all items of both tables before and after. For small tables.
pub async fn judge(installation: &Installation, caller: &Caller, home: &Home, bucket: &str, allowed: bool) {
    let call = (caller.credentials)(Call::create(home.scope, bucket));
    if allowed {
        installation.created(&call).await;
    } else {
        installation.refused(&call, 401, "UNAUTHORIZED").await;
    }
}

/// Compares the calls, the item of the bucket and its objects. For large tables. Returns the number of buckets and
/// objects that were added.
pub async fn judge_narrowly(
    installation: &Installation,
    caller: &Caller,
    home: &Home,
    bucket: &str,
    allowed: bool,
) -> (usize, usize) {
    let call = (caller.credentials)(Call::create(home.scope, bucket));
    let before = Contents::of(installation, home, bucket).await;
    installation.wire.take_sent();
    let answer = installation.answer(&call).await;
    let puts = puts(&installation.wire.take_sent());
    let after = Contents::of(installation, home, bucket).await;
    if !allowed {
        assert_eq!((answer.status, answer.error_code().as_str()), (401, "UNAUTHORIZED"), "{call:?}: {answer:?}");
        let id = caller.owner.split_once(':').map(|(_, id)| id);
        assert_eq!(Some(answer.text("authenticatedPrincipalID").as_str()), id);
        assert_eq!(answer.text("authenticatedAppID"), "demo");
        assert_eq!(puts, Vec::<Value>::new(), "{call:?} was refused and has written");
        assert_eq!(before, after, "{call:?} was refused and has written");
        return (0, 0);
    }
    assert_eq!(answer.status, 201, "{call:?}: {answer:?}");
    let mut added = after.objects.clone();
    added.retain(|object| !before.objects.contains(object));
    let [object] = added.as_slice() else { panic!("{call:?} has added {added:?}") };
    assert_eq!(after.objects.len(), before.objects.len() + 1, "{call:?} has removed objects");
    assert_eq!(object["sk"]["S"], answer.text("objectID"));
    assert_eq!(*object, expected_object(object, caller, &call));
    match (&before.bucket, &after.bucket) {
        (Some(before), Some(after)) => {
            assert_eq!(before, after, "{call:?} has changed its bucket");
            assert_eq!(puts.len(), 1, "{puts:?}");
            (0, 1)
        }
        (None, Some(bucket)) => {
            assert_eq!(*bucket, expected_bucket(bucket, home, caller));
            assert_eq!(bucket["writer"], object["writer"]);
            assert_eq!(puts.len(), 2, "{puts:?}");
            (1, 1)
        }
        (_, None) => panic!("{call:?} was answered with 201, and there is no bucket"),
    }
}

/// A bucket and its objects.
#[derive(Debug, PartialEq)]
struct Contents {
    bucket: Option<Value>,
    objects: Vec<Value>,
}

impl Contents {
    async fn of(installation: &Installation, home: &Home, bucket: &str) -> Self {
        let item = installation.item(home.scope, &format!("bucket/{bucket}")).await;
        let generation = item.as_ref().and_then(|item| item["generation"]["S"].as_str());
        let objects = match generation {
            Some(generation) => installation.partition(&format!("{}/{bucket}:{generation}", home.scope)).await,
            None => Vec::new(),
        };
        Self { bucket: item, objects }
    }
}

/// The expected item of the object that this call creates, with the key and the writer of the item `found`.
fn expected_object(found: &Value, caller: &Caller, call: &Call) -> Value {
    assert!(is_uuid(found["sk"]["S"].as_str().unwrap_or_default(), '4'), "{found}");
    assert_eq!(found["writer"]["S"].as_str().map(str::len), Some(36), "{found}");
    let now = json!({"N": NOW.to_string()});
    json!({
        "pk": found["pk"], "sk": found["sk"], "writer": found["writer"], "version": {"N": "1"},
        "content": {"S": String::from_utf8_lossy(&call.body)}, "data_type": {"S": "application/json"},
        "owner": {"S": caller.owner}, "created": now, "modified": now, "entries": {"M": {}},
    })
}

/// The expected item of the bucket that this caller creates, with the key, the generation and the writer of the item
/// `found`.
fn expected_bucket(found: &Value, home: &Home, caller: &Caller) -> Value {
    let generation = found["generation"]["S"].as_str().unwrap_or_default();
    assert!(generation.len() == 32 && generation.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{found}");
    let holders = |verb: &str| default_of_bucket(home, verb, caller.entry);
    let entries = VERBS.iter().map(|(_, verb)| (*verb, holders(verb))).filter(|(_, holders)| !holders.is_empty());
    let acl: Map<String, Value> = entries.map(|(verb, holders)| (verb.to_owned(), json!({"SS": holders}))).collect();
    json!({
        "pk": found["pk"], "sk": found["sk"], "writer": found["writer"], "version": {"N": "1"},
        "generation": found["generation"], "acl": {"M": acl}, "creator": {"S": caller.owner},
        "created": {"N": NOW.to_string()},
    })
}
