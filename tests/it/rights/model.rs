//! The second model of rights, which was written from the contract only: a caller has a set of names, and every right
//! that is granted to one of them.

use std::collections::BTreeSet;

use pail::model::acl::Verb;
use pail::model::id::{GroupId, ThingId, UserId};
use pail::model::principal::Principal;
use pail::model::scope::ScopeOwner;

use pail_testing::{Call, callers};

pub const ANYBODY: &str = "UserID:ANONYMOUS_USER";
pub const SIGNED_IN: &str = "UserID:ANY_AUTHENTICATED_USER";

/// A kind of caller.
pub struct Caller {
    /// The subjects that match it in an ACL; `None` for the administrator, who may do everything.
    pub names: Option<&'static [&'static str]>,
    /// Its entry in the ACL of a bucket that it creates.
    pub entry: Option<&'static str>,
    /// Its name in items as the creator of a bucket or the owner of an object.
    pub owner: &'static str,
    pub principal: fn() -> Principal,
    pub credentials: fn(Call) -> Call,
}

fn group(id: &str) -> GroupId {
    GroupId::parse(id).expect("a group's ID")
}

pub const CALLERS: [Caller; 7] = [
    Caller {
        names: Some(&[ANYBODY]),
        entry: None,
        owner: "UserID:ANONYMOUS_USER",
        principal: || Principal::Anonymous,
        credentials: |call| call.basic("demo", "demo-key"),
    },
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:alice"]),
        entry: Some("UserID:alice"),
        owner: "UserID:alice",
        principal: || Principal::User { id: UserId::parse("alice").expect("an ID"), groups: vec![] },
        credentials: |call| call.bearer(&callers::user("alice")),
    },
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:bob", "GroupID:crew", "GroupID:band"]),
        entry: Some("UserID:bob"),
        owner: "UserID:bob",
        principal: || Principal::User {
            id: UserId::parse("bob").expect("an ID"),
            groups: vec![group("band"), group("crew")],
        },
        credentials: |call| call.bearer(&callers::member("bob", &["band", "crew"])),
    },
    // A member of the group who has made nothing.
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:carol", "GroupID:crew"]),
        entry: Some("UserID:carol"),
        owner: "UserID:carol",
        principal: || Principal::User { id: UserId::parse("carol").expect("an ID"), groups: vec![group("crew")] },
        credentials: |call| call.bearer(&callers::member("carol", &["crew"])),
    },
    // A user with the ID of a thing.
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "UserID:sensor-1"]),
        entry: Some("UserID:sensor-1"),
        owner: "UserID:sensor-1",
        principal: || Principal::User { id: UserId::parse("sensor-1").expect("an ID"), groups: vec![] },
        credentials: |call| call.bearer(&callers::user("sensor-1")),
    },
    Caller {
        names: Some(&[ANYBODY, SIGNED_IN, "ThingID:sensor-1"]),
        entry: Some("ThingID:sensor-1"),
        owner: "ThingID:sensor-1",
        principal: || Principal::Thing { id: ThingId::parse("sensor-1").expect("an ID"), groups: vec![] },
        credentials: |call| call.bearer(&callers::thing("sensor-1")),
    },
    Caller {
        names: None,
        entry: None,
        owner: "AdminID:operator",
        principal: || Principal::Administrator { id: UserId::parse("operator").expect("an ID") },
        credentials: |call| call.bearer(&callers::administrator("operator")),
    },
];

/// A scope, and the subject that its default ACL names.
pub struct Home {
    pub scope: &'static str,
    pub owner: fn() -> ScopeOwner,
    pub inhabitant: &'static str,
}

pub const HOMES: [Home; 4] = [
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

pub const VERBS: [(Verb, &str); 5] = [
    (Verb::CreateNewBucket, "CREATE_NEW_BUCKET"),
    (Verb::CreateObjectsInBucket, "CREATE_OBJECTS_IN_BUCKET"),
    (Verb::QueryObjectsInBucket, "QUERY_OBJECTS_IN_BUCKET"),
    (Verb::ReadObjectsInBucket, "READ_OBJECTS_IN_BUCKET"),
    (Verb::DropBucketWithAllContent, "DROP_BUCKET_WITH_ALL_CONTENT"),
];

/// Subjects of entries. The last ones match no caller.
pub const SUBJECTS: [&str; 10] = [
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
pub fn holds(caller: &Caller, granted: &BTreeSet<String>) -> bool {
    caller.names.is_none_or(|names| names.iter().any(|name| granted.contains(*name)))
}

/// The model: the subjects that a verb is granted to on a new bucket by default, from the contract's table.
pub fn default_of_bucket(home: &Home, verb: &str, creator: Option<&str>) -> BTreeSet<String> {
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
