//! Requests for all callers × bucket or none × object absent, live, deleted × the object's ACL default, changed,
//! unreadable × scopes × operations, compared with the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::model::{
    ANYBODY, CALLERS, Caller, HOMES, Holders, Home, OPERATIONS, Operation, SIGNED_IN, There, Verdict,
    default_of_bucket, default_of_object, verdict,
};
use pail_testing::fixtures::{deleted, dropped, object_item};
use pail_testing::{Answer, Call, Installation, Items, figure, only_case};

const CONTENT: &str = r#"{"secret":1}"#;

/// An ACL in the form of the model.
fn holders(entries: &[(&'static str, &[&str])]) -> Holders {
    entries.iter().map(|(verb, subjects)| (*verb, subjects.iter().map(|it| (*it).to_owned()).collect())).collect()
}

/// The same in the form of items. DynamoDB has no empty sets.
fn entries(holders: &Holders) -> Value {
    holders
        .iter()
        .filter(|(_, subjects)| !subjects.is_empty())
        .map(|(verb, subjects)| (*verb, json!(subjects)))
        .collect()
}

/// A bucket, or its absence.
#[derive(Clone, Debug)]
enum Bucket {
    Never,
    Dropped,
    Live(Holders),
}

/// An object, or its absence.
#[derive(Clone, Debug)]
enum Object {
    Absent,
    Deleted,
    /// With the default ACL, created by this caller.
    Default(&'static str),
    Changed(Holders),
    Unreadable,
}

/// The buckets of a scope: none, one with the default ACL, and ones that grant the verbs to different subjects.
fn buckets(home: &Home) -> Vec<Bucket> {
    let verbs = ["CREATE_OBJECTS_IN_BUCKET", "QUERY_OBJECTS_IN_BUCKET", "READ_OBJECTS_IN_BUCKET"];
    let default = verbs.map(|verb| (verb, default_of_bucket(home, verb, Some("UserID:bob"))));
    let of = |entries| Bucket::Live(holders(entries));
    vec![
        Bucket::Never,
        Bucket::Dropped,
        Bucket::Live(default.into()),
        of(&[]),
        of(&[("READ_OBJECTS_IN_BUCKET", &["UserID:bob", "ThingID:sensor-1"])]),
        of(&[("CREATE_OBJECTS_IN_BUCKET", &["UserID:alice", "GroupID:crew"])]),
        // Verbs that must not matter for objects.
        of(&[("QUERY_OBJECTS_IN_BUCKET", &[ANYBODY]), ("DROP_BUCKET_WITH_ALL_CONTENT", &[ANYBODY])]),
        of(&[
            ("READ_EXISTING_OBJECT", &[ANYBODY]),
            ("WRITE_EXISTING_OBJECT", &[ANYBODY]),
            ("CREATE_NEW_BUCKET", &[ANYBODY]),
        ]),
        of(&[("READ_OBJECTS_IN_BUCKET", &[ANYBODY]), ("CREATE_OBJECTS_IN_BUCKET", &[ANYBODY])]),
    ]
}

fn objects() -> Vec<Object> {
    let of = |entries| Object::Changed(holders(entries));
    vec![
        Object::Absent,
        Object::Deleted,
        Object::Default("UserID:alice"),
        Object::Default("UserID:bob"),
        Object::Default("ThingID:sensor-1"),
        Object::Default("UserID:ANONYMOUS_USER"),
        Object::Default("AdminID:operator"),
        // A changed ACL has no entry of the creator.
        of(&[]),
        of(&[("READ_EXISTING_OBJECT", &["UserID:alice"]), ("WRITE_EXISTING_OBJECT", &["UserID:bob"])]),
        of(&[("READ_EXISTING_OBJECT", &[ANYBODY])]),
        of(&[("WRITE_EXISTING_OBJECT", &[SIGNED_IN])]),
        of(&[("WRITE_EXISTING_OBJECT", &["GroupID:crew", "ThingID:sensor-1", "userid:alice"])]),
        of(&[("READ_OBJECTS_IN_BUCKET", &[ANYBODY]), ("CREATE_OBJECTS_IN_BUCKET", &[ANYBODY])]),
        Object::Unreadable,
    ]
}

/// The ACLs of a scope: the default, and two others.
fn scopes(home: &Home) -> [Option<Holders>; 3] {
    let other = if home.inhabitant == SIGNED_IN { "UserID:bob" } else { ANYBODY };
    [None, Some(holders(&[])), Some(holders(&[("CREATE_NEW_BUCKET", &[other])]))]
}

/// The item of a bucket or of an object with an ACL.
fn with_acl(mut item: Value, acl: Value) -> Value {
    item["acl"] = acl;
    item
}

fn acl(holders: &Holders) -> Value {
    pail_testing::items::acl(&entries(holders))
}

/// Writes bucket and object into the tables, and returns the ACLs that decide.
async fn build(
    installation: &Installation,
    home: &Home,
    bucket: &Bucket,
    object: &Object,
) -> (Option<Holders>, Option<Holders>) {
    let item = pail_testing::bucket_item(home.scope, "notes", &json!({}));
    let of_bucket = match bucket {
        Bucket::Never => None,
        Bucket::Dropped => {
            installation.put(dropped(item)).await;
            None
        }
        Bucket::Live(holders) => {
            installation.put(with_acl(item, acl(holders))).await;
            Some(holders.clone())
        }
    };
    let item = object_item(home.scope, "notes", "o1", CONTENT);
    let of_object = match object {
        Object::Absent => None,
        Object::Deleted => {
            installation.put(deleted(item)).await;
            None
        }
        Object::Default(creator) => {
            let mut item = item;
            item["owner"]["S"] = (*creator).into();
            installation.put(item).await;
            let entry = ["UserID:ANONYMOUS_USER", "AdminID:operator"].contains(creator);
            Some(default_of_object(home, (!entry).then_some(*creator)))
        }
        Object::Changed(holders) => {
            installation.put(with_acl(item, acl(holders))).await;
            Some(holders.clone())
        }
        Object::Unreadable => {
            installation.put(with_acl(item, json!({"SS": [ANYBODY]}))).await;
            Some(Holders::new())
        }
    };
    // Without a bucket there is no object.
    (of_bucket.clone(), of_bucket.and(of_object))
}

fn call(operation: Operation, caller: &Caller, home: &Home) -> Call {
    let method = match operation {
        Operation::Get => "GET",
        Operation::Head => "HEAD",
        Operation::Put | Operation::PutIfMatch => "PUT",
        Operation::Patch => "PATCH",
        Operation::Delete => "DELETE",
    };
    let call = (caller.credentials)(Call::object(method, home.scope, "notes", "o1"));
    match operation {
        Operation::Get | Operation::Head | Operation::Delete => call,
        Operation::Put | Operation::Patch => call.body(r#"{"a":1}"#),
        Operation::PutIfMatch => call.body(r#"{"a":1}"#).header("If-Match", "*"),
    }
}

/// The results of all cases.
#[derive(Default)]
struct Findings {
    verdicts: BTreeMap<(Operation, Verdict), usize>,
    /// The answer to each denied request, by operation, caller and scope. It must be the same in all cases.
    denials: BTreeMap<(Operation, &'static str, usize), Answer>,
}

/// Makes a request and compares the outcome with the verdict.
async fn judge(installation: &Installation, call: &Call, expected: Verdict, is_there: bool) -> Answer {
    let method = call.effective_method();
    let writes = installation.wire.writes();
    let answer = installation.answer(call).await;
    let code = match expected {
        Verdict::Done => "",
        Verdict::Denied => "UNAUTHORIZED",
        Verdict::ObjectNotFound => "OBJECT_NOT_FOUND",
        Verdict::BucketNotFound => "BUCKET_NOT_FOUND",
    };
    let status = match (expected, method.as_str()) {
        (Verdict::Denied, _) => 401,
        (Verdict::ObjectNotFound | Verdict::BucketNotFound, _) => 404,
        (Verdict::Done, "DELETE") => 204,
        (Verdict::Done, "PUT") if !is_there => 201,
        (Verdict::Done, _) => 200,
    };
    assert_eq!(answer.status, status, "{expected:?}: {call:?}: {answer:?}");
    assert!(method == "HEAD" || answer.error_code() == code, "{expected:?}: {call:?}: {answer:?}");
    let has_written = installation.wire.writes() > writes;
    assert_eq!(has_written, expected == Verdict::Done && !["GET", "HEAD"].contains(&method.as_str()), "{call:?}");
    answer
}

/// Checks that the answer to a PATCH contains the object exactly if the caller may read it.
fn shows_what_the_caller_may_read(answer: &Answer, caller: &Caller, home: &Home, there: &There<'_>) {
    let may_read = verdict(caller, home, Operation::Get, there) == Verdict::Done;
    assert_eq!(answer.json().get("secret").is_some(), may_read, "{answer:?}");
    assert_eq!(answer.json().get("a").is_some(), may_read, "{answer:?}");
}

/// Deletes all items that were added since these.
async fn clean(installation: &Installation, first: &Items) {
    for (name, item) in installation.items().await {
        if !first.contains_key(&name) {
            installation.delete("objects", &pail_testing::items::key(&item)).await;
        }
    }
}

#[tokio::test]
async fn for_all_callers_buckets_objects_acls_and_scopes_each_operation_follows_the_contract() {
    // By default every eleventh row.
    let step = figure(11, 1);
    let (mut findings, mut rows) = (Findings::default(), 0_usize);
    for (home_at, home) in HOMES.iter().enumerate() {
        for (scope_at, of_scope) in scopes(home).iter().enumerate() {
            let installation = Installation::start().await;
            if let Some(of_scope) = of_scope {
                installation.put_scope_acl(home.scope, entries(of_scope)).await;
            }
            let default = holders(&[("CREATE_NEW_BUCKET", &[home.inhabitant])]);
            let scope = of_scope.as_ref().unwrap_or(&default);
            let first = installation.items().await;
            for (bucket_at, bucket) in buckets(home).iter().enumerate() {
                // The scope's ACL does not matter if there is a bucket. One bucket is enough to check that.
                if scope_at > 0 && matches!(bucket, Bucket::Live(_)) && bucket_at != 3 {
                    continue;
                }
                for object in &objects() {
                    for caller in &CALLERS {
                        for operation in OPERATIONS {
                            rows += 1;
                            if rows % step != 0 || only_case().is_some_and(|only| only != rows) {
                                continue;
                            }
                            let (of_bucket, of_object) = build(&installation, home, bucket, object).await;
                            let there = There { scope, bucket: of_bucket.as_ref(), object: of_object.as_ref() };
                            let expected = verdict(caller, home, operation, &there);
                            let call = call(operation, caller, home);
                            println!("row {rows}: {bucket:?} {object:?}");
                            let answer = judge(&installation, &call, expected, of_object.is_some()).await;
                            if (operation, expected) == (Operation::Patch, Verdict::Done) {
                                shows_what_the_caller_may_read(&answer, caller, home, &there);
                            }
                            *findings.verdicts.entry((operation, expected)).or_default() += 1;
                            if expected == Verdict::Denied {
                                let key = (operation, caller.owner, home_at);
                                let one = findings.denials.entry(key).or_insert_with(|| answer.clone());
                                assert_eq!(answer, *one, "{call:?} reveals {bucket:?} {object:?}");
                            }
                            clean(&installation, &first).await;
                        }
                    }
                }
            }
        }
    }
    println!("{:?}", findings.verdicts);
    let met: BTreeSet<(Operation, Verdict)> = findings.verdicts.into_keys().collect();
    let expected = OPERATIONS.into_iter().flat_map(|operation| {
        let puts = matches!(operation, Operation::Put | Operation::PutIfMatch);
        let missing = if puts { vec![] } else { vec![Verdict::ObjectNotFound, Verdict::BucketNotFound] };
        let missing = if operation == Operation::PutIfMatch { vec![Verdict::ObjectNotFound] } else { missing };
        [Verdict::Done, Verdict::Denied].into_iter().chain(missing).map(move |verdict| (operation, verdict))
    });
    assert_eq!(met, expected.collect());
    // Every caller except the administrator is denied something.
    let denied: BTreeSet<&str> = findings.denials.keys().map(|(_, caller, _)| *caller).collect();
    assert_eq!(denied.len(), CALLERS.len() - 1, "{denied:?}");
    assert!(rows > 10_000, "{rows}");
}

/// Field case A2: bob may not create in alice's bucket.
#[tokio::test]
async fn a_denied_put_gets_the_same_body_whether_or_not_the_object_exists() {
    let installation = Installation::start().await;
    let reader = json!({"READ_OBJECTS_IN_BUCKET": ["UserID:carol"]});
    installation.put_bucket("demo/users/alice", "notes", reader).await;
    for (id, acl) in [("o1", json!({"READ_EXISTING_OBJECT": ["UserID:bob"]})), ("o2", json!({}))] {
        let item = object_item("demo/users/alice", "notes", id, CONTENT);
        installation.put(with_acl(item, pail_testing::items::acl(&acl))).await;
    }
    let bob = CALLERS.iter().find(|caller| caller.owner == "UserID:bob").expect("bob");
    let put = |id: &str| {
        let call = Call::object("PUT", "demo/users/alice", "notes", id).body("{}");
        (bob.credentials)(call)
    };
    let mut answers = Vec::new();
    for id in ["o1", "o2", "o3"] {
        for call in [put(id), put(id).header("If-Match", "1"), put(id).header("If-None-Match", "*")] {
            answers.push(installation.refused(&call, 401, "UNAUTHORIZED").await);
        }
    }
    let first = answers[0].clone();
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    // The same in a bucket that does not exist.
    let nothing = put("o1").path("/api/apps/demo/users/alice/buckets/nothing/objects/o1");
    assert_eq!(installation.refused(&nothing, 401, "UNAUTHORIZED").await, first);
}

#[tokio::test]
async fn a_refused_read_does_not_reveal_what_exists() {
    for home in &HOMES[1..] {
        let installation = Installation::start().await;
        installation.put_bucket(home.scope, "notes", json!({})).await;
        installation.put(object_item(home.scope, "notes", "there", CONTENT)).await;
        installation.put(deleted(object_item(home.scope, "notes", "gone", CONTENT))).await;
        for method in ["GET", "HEAD", "PATCH", "DELETE"] {
            let call = |bucket: &str, id: &str| {
                let call = Call::object(method, home.scope, bucket, id).body("{}");
                call.bearer(&pail_testing::callers::user("mallory"))
            };
            let first = installation.answer(&call("notes", "there")).await;
            assert_eq!(first.status, 401);
            for (bucket, id) in [("notes", "gone"), ("notes", "never"), ("nothing", "there"), ("nothing", "never")] {
                assert_eq!(installation.answer(&call(bucket, id)).await, first, "{method} {bucket} {id}");
            }
        }
    }
}

#[tokio::test]
async fn a_creators_default_rights_end_with_a_change_of_the_objects_acl() {
    let installation = Installation::start().await;
    installation.put_bucket("demo/groups/crew", "notes", json!({})).await;
    let item = object_item("demo/groups/crew", "notes", "o1", CONTENT);
    let get = Call::object("GET", "demo/groups/crew", "notes", "o1").bearer(&pail_testing::callers::user("alice"));
    installation.put(item.clone()).await;
    assert_eq!(installation.answer(&get).await.status, 200, "alice created it and is no longer a member");
    installation
        .put(with_acl(item, pail_testing::items::acl(&json!({"READ_EXISTING_OBJECT": ["GroupID:crew"]}))))
        .await;
    installation.refused(&get, 401, "UNAUTHORIZED").await;
}
