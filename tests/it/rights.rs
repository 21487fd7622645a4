//! The decision over rights against a second model, which was written from the contract alone: a caller answers to a set
//! of names, and holds what is granted to one of them.

use std::collections::{BTreeMap, BTreeSet};

use pail::model::acl::{Acl, Verb};
use pail::model::id::{GroupId, ThingId, UserId};
use pail::model::principal::Principal;
use pail::model::scope::ScopeOwner;
use serde_json::{Value, json};

use crate::harness::{Call, Installation, bucket_item, callers};

const ANYBODY: &str = "UserID:ANONYMOUS_USER";
const SIGNED_IN: &str = "UserID:ANY_AUTHENTICATED_USER";

/// A kind of caller.
struct Caller {
    /// What it answers to in an ACL; `None` for the administrator, who may do everything.
    names: Option<&'static [&'static str]>,
    /// Its entry in the ACL of a bucket that it makes.
    entry: Option<&'static str>,
    principal: fn() -> Principal,
    credentials: fn(Call) -> Call,
}

fn group(id: &str) -> GroupId {
    GroupId::parse(id).expect("a group's ID")
}

const CALLERS: [Caller; 6] = [
    Caller {
        names: Some(&[ANYBODY]),
        entry: None,
        principal: || Principal::Anonymous,
        credentials: |call| call.basic("demo", "demo-key"),
    },
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:alice"]),
        entry: Some("UserID:alice"),
        principal: || Principal::User { id: UserId::parse("alice").expect("an ID"), groups: vec![] },
        credentials: |call| call.bearer(&callers::user("alice")),
    },
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:bob", "GroupID:crew", "GroupID:band"]),
        entry: Some("UserID:bob"),
        principal: || Principal::User {
            id: UserId::parse("bob").expect("an ID"),
            groups: vec![group("band"), group("crew")],
        },
        credentials: |call| call.bearer(&callers::member("bob", &["band", "crew"])),
    },
    // A user that is called like a thing.
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:sensor-1"]),
        entry: Some("UserID:sensor-1"),
        principal: || Principal::User { id: UserId::parse("sensor-1").expect("an ID"), groups: vec![] },
        credentials: |call| call.bearer(&callers::user("sensor-1")),
    },
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "ThingID:sensor-1"]),
        entry: Some("ThingID:sensor-1"),
        principal: || Principal::Thing { id: ThingId::parse("sensor-1").expect("an ID"), groups: vec![] },
        credentials: |call| call.bearer(&callers::thing("sensor-1")),
    },
    Caller {
        names: None,
        entry: None,
        principal: || Principal::Administrator { id: UserId::parse("operator").expect("an ID") },
        credentials: |call| call.bearer(&callers::administrator("operator")),
    },
];

/// A scope, and who is at home in it.
struct Home {
    scope: &'static str,
    owner: fn() -> ScopeOwner,
    inhabitant: &'static str,
}

const HOMES: [Home; 4] = [
    Home { scope: "demo", owner: || ScopeOwner::App, inhabitant: SIGNED_IN },
    Home {
        scope: "demo/users/alice",
        owner: || ScopeOwner::User(UserId::parse("alice").expect("an ID")),
        inhabitant: "UserID:alice",
    },
    Home { scope: "demo/groups/crew", owner: || ScopeOwner::Group(group("crew")), inhabitant: "GroupID:crew" },
    Home {
        scope: "demo/things/sensor-1",
        owner: || ScopeOwner::Thing(ThingId::parse("sensor-1").expect("an ID")),
        inhabitant: "ThingID:sensor-1",
    },
];

const VERBS: [(Verb, &str); 5] = [
    (Verb::CreateNewBucket, "CREATE_NEW_BUCKET"),
    (Verb::CreateObjectsInBucket, "CREATE_OBJECTS_IN_BUCKET"),
    (Verb::QueryObjectsInBucket, "QUERY_OBJECTS_IN_BUCKET"),
    (Verb::ReadObjectsInBucket, "READ_OBJECTS_IN_BUCKET"),
    (Verb::DropBucketWithAllContent, "DROP_BUCKET_WITH_ALL_CONTENT"),
];

/// Subjects that an entry may have; the last ones are none that anybody answers to.
const SUBJECTS: [&str; 10] = [
    ANYBODY,
    SIGNED_IN,
    "UserID:alice",
    "GroupID:crew",
    "ThingID:sensor-1",
    "GroupID:alice",
    "ThingID:ANONYMOUS_USER",
    "userid:alice",
    "*",
    "",
];

/// The model: what an ACL grants to a caller.
fn holds(caller: &Caller, granted: &BTreeSet<String>) -> bool {
    caller.names.is_none_or(|names| names.iter().any(|name| granted.contains(*name)))
}

/// The model: who holds a verb on a new bucket by default, as the contract's table has it.
fn default_of_bucket(home: &Home, verb: &str, creator: Option<&str>) -> BTreeSet<String> {
    let mut holders = BTreeSet::new();
    let mut add = |names: &[&str]| holders.extend(names.iter().map(|name| (*name).to_owned()));
    match (home.scope, verb) {
        (_, "CREATE_NEW_BUCKET") => {}
        ("demo", "QUERY_OBJECTS_IN_BUCKET" | "READ_OBJECTS_IN_BUCKET") => add(&[SIGNED_IN, ANYBODY]),
        ("demo", _) => add(&[SIGNED_IN]),
        ("demo/groups/crew", "DROP_BUCKET_WITH_ALL_CONTENT") => add(creator.as_slice()),
        _ => {
            add(&[home.inhabitant]);
            add(creator.as_slice());
        }
    }
    holders
}

fn granted(acl: &Acl, verb: &str) -> BTreeSet<String> {
    acl.entries().get(verb).cloned().unwrap_or_default()
}

#[test]
fn an_acl_allows_what_it_grants_to_a_name_of_the_caller_for_every_set_of_subjects() {
    for bits in 0..1_u32 << SUBJECTS.len() {
        let subjects = SUBJECTS.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
        let subjects: BTreeSet<String> = subjects.map(|(_, subject)| (*subject).to_owned()).collect();
        for (_, granted_verb) in VERBS {
            let acl = Acl::from_entries(BTreeMap::from([(granted_verb.to_owned(), subjects.clone())]));
            for (verb, name) in VERBS {
                for caller in &CALLERS {
                    let granted = if name == granted_verb { subjects.clone() } else { BTreeSet::new() };
                    let allowed = acl.allows(verb, &(caller.principal)());
                    assert_eq!(
                        allowed,
                        holds(caller, &granted),
                        "{name} by {granted_verb} to {subjects:?}: {:?}",
                        caller.names
                    );
                }
            }
        }
    }
}

#[test]
fn an_unknown_verb_grants_nothing() {
    let everybody: BTreeSet<String> = [ANYBODY, SIGNED_IN].map(str::to_owned).into();
    for unknown in ["", "*", "create_objects_in_bucket", "CREATE_OBJECTS_IN_BUCKET ", "READ_EXISTING_OBJECT"] {
        let acl = Acl::from_entries(BTreeMap::from([(unknown.to_owned(), everybody.clone())]));
        for (verb, _) in VERBS {
            for caller in &CALLERS {
                assert_eq!(acl.allows(verb, &(caller.principal)()), caller.names.is_none(), "{unknown}");
            }
        }
    }
}

#[test]
fn defaults_are_those_of_the_contract_in_every_scope_for_every_creator() {
    for home in &HOMES {
        let of_scope = Acl::default_of_scope(&(home.owner)());
        for (_, verb) in VERBS {
            let expected =
                if verb == "CREATE_NEW_BUCKET" { [home.inhabitant.to_owned()].into() } else { BTreeSet::new() };
            assert_eq!(granted(&of_scope, verb), expected, "{verb} on {}", home.scope);
        }
        for creator in &CALLERS {
            let of_bucket = Acl::default_of_bucket(&(home.owner)(), (creator.principal)().as_subject().as_ref());
            for (_, verb) in VERBS {
                let expected = default_of_bucket(home, verb, creator.entry);
                assert_eq!(granted(&of_bucket, verb), expected, "{verb} in {} by {:?}", home.scope, creator.entry);
            }
        }
    }
}

/// What the model says of a create, and whether it happens so.
async fn judge(installation: &Installation, caller: &Caller, home: &Home, bucket: &str, allowed: bool) {
    let call = (caller.credentials)(Call::create(home.scope, bucket));
    if allowed {
        installation.created(&call).await;
    } else {
        installation.refused(&call, 401, "UNAUTHORIZED").await;
    }
}

#[tokio::test]
async fn who_makes_a_bucket_and_who_adds_to_it_by_default() {
    for home in &HOMES {
        for creator in &CALLERS {
            let installation = Installation::start().await;
            let inhabitants: BTreeSet<String> = [home.inhabitant.to_owned()].into();
            let may_make = holds(creator, &inhabitants);
            judge(&installation, creator, home, "notes", may_make).await;
            for caller in &CALLERS {
                let granted = default_of_bucket(home, "CREATE_OBJECTS_IN_BUCKET", creator.entry);
                if may_make {
                    judge(&installation, caller, home, "notes", holds(caller, &granted)).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stored_acl_replaces_the_default_whole() {
    for home in &HOMES {
        for subject in SUBJECTS.into_iter().filter(|subject| !subject.is_empty()) {
            let installation = Installation::start().await;
            let granted: BTreeSet<String> = [subject.to_owned()].into();
            for (at, caller) in CALLERS.iter().enumerate() {
                let allowed = holds(caller, &granted);
                // Only the scope's ACL counts where there is no bucket, and only the bucket's where there is one.
                installation.put_scope_acl(home.scope, json!({"CREATE_NEW_BUCKET": [subject]})).await;
                judge(&installation, caller, home, &format!("new-{at}"), allowed).await;
                let (old, everybody) = (format!("old-{at}"), json!({"CREATE_NEW_BUCKET": [ANYBODY]}));
                installation.put_scope_acl(home.scope, everybody).await;
                installation.put_bucket(home.scope, &old, json!({"CREATE_OBJECTS_IN_BUCKET": [subject]})).await;
                judge(&installation, caller, home, &old, allowed).await;
            }
        }
    }
}

#[tokio::test]
async fn an_acl_that_is_missing_or_cannot_be_read_denies_all_but_the_administrator() {
    for acl in [None, Some(json!({"S": ANYBODY})), Some(json!({"NULL": true})), Some(json!({"L": [{"S": ANYBODY}]}))] {
        let installation = Installation::start().await;
        let with_acl = |mut item: Value| {
            item.as_object_mut().expect("an item").remove("acl");
            item.as_object_mut().expect("an item").extend(acl.clone().map(|acl| ("acl".to_owned(), acl)));
            item
        };
        for home in &HOMES {
            installation.put(with_acl(bucket_item(home.scope, "notes", &json!({})))).await;
            let scope =
                json!({"pk": {"S": home.scope}, "sk": {"S": "acl"}, "writer": {"S": "w"}, "version": {"N": "1"}});
            installation.put(with_acl(scope)).await;
            for bucket in ["notes", "new"] {
                for caller in &CALLERS {
                    judge(&installation, caller, home, bucket, caller.names.is_none()).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn of_an_acl_that_can_be_read_in_part_that_part_counts() {
    let installation = Installation::start().await;
    let mut bucket =
        bucket_item("demo", "notes", &json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:alice", "nobody knows"]}));
    bucket["acl"]["M"]["READ_OBJECTS_IN_BUCKET"] = json!({"S": ANYBODY});
    bucket["acl"]["M"]["SOMETHING_NEW"] = json!({"SS": [ANYBODY]});
    installation.put(bucket).await;
    let mut unreadable = bucket_item("demo", "unreadable", &json!({}));
    unreadable["acl"]["M"]["CREATE_OBJECTS_IN_BUCKET"] = json!({"L": [{"S": "UserID:alice"}]});
    installation.put(unreadable).await;
    for caller in &CALLERS {
        let alice = caller.entry == Some("UserID:alice");
        judge(&installation, caller, &HOMES[0], "notes", alice || caller.names.is_none()).await;
        judge(&installation, caller, &HOMES[0], "unreadable", caller.names.is_none()).await;
    }
}

#[tokio::test]
async fn rights_of_one_scope_say_nothing_about_another() {
    let installation = Installation::start().await;
    installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": [ANYBODY]})).await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": [ANYBODY]})).await;
    for home in &HOMES[1..] {
        let nobody_here = Call::create(home.scope, "notes").bearer(&callers::user("carol"));
        installation.refused(&nobody_here, 401, "UNAUTHORIZED").await;
    }
}
