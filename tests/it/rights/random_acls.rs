//! Compares the pure decision and requests with the model, for random ACLs and random callers.

use std::collections::{BTreeMap, BTreeSet};

use pail::model::acl::Acl;
use pail::model::id::{GroupId, ThingId, UserId};
use pail::model::principal::Principal;
use serde_json::{Map, Value, json};

use super::judge::judge_narrowly;
use super::may;
use super::model::{ANYBODY, CALLERS, HOMES, SIGNED_IN, VERBS, holds};
use pail_testing::{Installation, Random, bucket_item, cases, figure};

/// IDs that are similar to each other and to the special words.
const IDS: [&str; 9] = ["alice", "Alice", "alic", "alice-", "crew", "band", "sensor-1", "carol", "ME"];

/// Verbs that do not exist, or only in another spelling.
const UNKNOWN_VERBS: [&str; 7] = [
    "",
    "*",
    "create_objects_in_bucket",
    "CREATE_OBJECTS_IN_BUCKET ",
    " CREATE_NEW_BUCKET",
    "READ_EXISTING_OBJECT",
    "CREATE_NEW_BUCKET\u{0}",
];

/// Subjects that match no caller.
const UNKNOWN_SUBJECTS: [&str; 12] = [
    "",
    "*",
    "alice",
    "userid:alice",
    "UserID:",
    "UserID: alice",
    "UserID:*",
    "GroupID:ANONYMOUS_USER",
    "ThingID:ANY_AUTHENTICATED_USER",
    "AdminID:operator",
    "UserID:me",
    "UserID:alice,UserID:bob",
];

/// Any subject. One in three matches no caller.
fn subject(random: &mut Random) -> String {
    match random.below(9) {
        0 => ANYBODY.to_owned(),
        1 => SIGNED_IN.to_owned(),
        2..=5 => format!("{}:{}", random.pick(&["UserID", "GroupID", "ThingID"]), random.pick(&IDS)),
        _ => (*random.pick(&UNKNOWN_SUBJECTS)).to_owned(),
    }
}

/// Up to three subjects.
fn subjects(random: &mut Random) -> BTreeSet<String> {
    (0..random.below(4)).map(|_| subject(random)).collect()
}

/// A verb; one in four is unknown.
fn verb(random: &mut Random) -> String {
    let known = random.below(4) != 0;
    (if known { random.pick(&VERBS).1 } else { *random.pick(&UNKNOWN_VERBS) }).to_owned()
}

/// A caller with up to three groups, and the subjects that match it; `None` for the administrator.
fn caller(random: &mut Random) -> (Principal, Option<BTreeSet<String>>) {
    let id = *random.pick(&IDS);
    let groups: BTreeSet<&str> = (0..random.below(4)).map(|_| *random.pick(&IDS)).collect();
    let members = || groups.iter().map(|group| GroupId::parse(group).expect("a group")).collect();
    let mut names: BTreeSet<String> = groups.iter().map(|group| format!("GroupID:{group}")).collect();
    names.extend([ANYBODY.to_owned(), SIGNED_IN.to_owned()]);
    let user = || UserId::parse(id).expect("a user");
    match random.below(10) {
        0 => (Principal::Administrator { id: user() }, None),
        1 | 2 => (Principal::Anonymous, Some([ANYBODY.to_owned()].into())),
        3..=6 => {
            names.insert(format!("UserID:{id}"));
            (Principal::User { id: user(), groups: members() }, Some(names))
        }
        _ => {
            names.insert(format!("ThingID:{id}"));
            (Principal::Thing { id: ThingId::parse(id).expect("a thing"), groups: members() }, Some(names))
        }
    }
}

#[test]
fn any_acl_allows_any_caller_exactly_what_it_grants_to_a_name_of_the_caller() {
    // The reasons for the decisions.
    let mut reasons = BTreeMap::<&str, usize>::new();
    for (case, mut random) in cases(figure(20_000, 100_000)) {
        let entries: BTreeMap<String, BTreeSet<String>> =
            (0..random.below(6)).map(|_| (verb(&mut random), subjects(&mut random))).collect();
        let acl = Acl::from_entries(entries.clone());
        for _ in 0..4 {
            let (principal, names) = caller(&mut random);
            for (verb, name) in VERBS {
                let granted = entries.get(name).cloned().unwrap_or_default();
                let held: Option<Vec<&String>> = names.as_ref().map(|names| names.intersection(&granted).collect());
                let expected = held.as_ref().is_none_or(|held| !held.is_empty());
                assert_eq!(may(&acl, verb, &principal), expected, "{case:?}: {name} by {principal:?} in {entries:?}");
                *reasons.entry(reason(held.as_deref(), &granted)).or_default() += 1;
            }
        }
    }
    if reasons.values().sum::<usize>() > 20 {
        let expected = ["administrator", "everybody", "group", "named", "no entry", "nobody", "others", "signed in"];
        assert_eq!(reasons.keys().copied().collect::<Vec<_>>(), expected, "{reasons:?}");
    }
}

/// The reason why a caller with the names in `held` has a verb that is `granted` to these subjects, or does not have
/// it.
fn reason(held: Option<&[&String]>, granted: &BTreeSet<String>) -> &'static str {
    match held {
        None => "administrator",
        Some([]) if granted.is_empty() => "no entry",
        Some([]) if granted.iter().all(|subject| UNKNOWN_SUBJECTS.contains(&subject.as_str())) => "nobody",
        Some([]) => "others",
        Some(held) if held.iter().any(|name| *name == ANYBODY) => "everybody",
        Some(held) if held.iter().any(|name| *name == SIGNED_IN) => "signed in",
        Some(held) if held.iter().any(|name| name.starts_with("GroupID:")) => "group",
        Some(_) => "named",
    }
}

/// A stored value of a verb, and the subjects that it grants the verb to: only a set of strings grants anything.
fn stored_subjects(random: &mut Random) -> (&'static str, Value, BTreeSet<String>) {
    let mut set = subjects(random);
    set.insert(random.pick(&[ANYBODY, SIGNED_IN, "UserID:alice", "GroupID:crew", "ThingID:sensor-1"]).to_string());
    let texts = || set.iter().map(|subject| json!({"S": subject})).collect::<Vec<_>>();
    let grants_nothing = |kind, value| (kind, value, BTreeSet::new());
    match random.below(16) {
        0 => grants_nothing("text", json!({"S": ANYBODY})),
        1 => grants_nothing("list", json!({"L": texts()})),
        2 => grants_nothing("doubled", json!({"L": ([texts(), texts()].concat())})),
        3 => grants_nothing("map", json!({"M": {ANYBODY: {"BOOL": true}}})),
        4 => grants_nothing("number", json!({"N": "1"})),
        5 => grants_nothing("numbers", json!({"NS": ["1", "2"]})),
        6 => grants_nothing("bytes", json!({"BS": ["VXNlcklEOkFOT05ZTU9VU19VU0VS"]})),
        7 => grants_nothing("bool", json!({"BOOL": true})),
        8 => grants_nothing("null", json!({"NULL": true})),
        _ => ("set", json!({"SS": set}), set),
    }
}

/// A stored ACL with the subjects of `verb`. An empty text means that the verb is missing.
fn stored_acl(random: &mut Random, verb_that_counts: &str) -> (&'static str, Option<Value>, BTreeSet<String>) {
    match random.below(12) {
        0 => return ("no ACL", None, BTreeSet::new()),
        1 => {
            return (
                "ACL is a list",
                Some(json!({"L": [{"M": {verb_that_counts: {"SS": [ANYBODY]}}}]})),
                BTreeSet::new(),
            );
        }
        2 => {
            return (
                "ACL is a text",
                Some(json!({"S": json!({verb_that_counts: [ANYBODY]}).to_string()})),
                BTreeSet::new(),
            );
        }
        3 => return ("ACL is a set", Some(json!({"SS": [ANYBODY, verb_that_counts]})), BTreeSet::new()),
        _ => {}
    }
    let mut entries = Map::new();
    let (mut kind, mut grants) = ("no verb", BTreeSet::new());
    for _ in 0..random.below(4) {
        entries.insert(verb(random), stored_subjects(random).1);
    }
    entries.remove(verb_that_counts);
    if random.below(8) != 0 {
        let entry;
        (kind, entry, grants) = stored_subjects(random);
        entries.insert(verb_that_counts.to_owned(), entry);
    }
    // DynamoDB's maps have no empty names.
    entries.remove("");
    (kind, Some(json!({"M": entries})), grants)
}

#[tokio::test]
async fn any_stored_acl_admits_exactly_the_callers_that_it_names_in_a_set_of_strings() {
    let installation = Installation::start().await;
    let (mut kinds, mut buckets, mut objects) = (BTreeMap::<(&str, bool), usize>::new(), 0, 0);
    for (case, mut random) in cases(figure(150, 6000)) {
        let (home, present) = (random.pick(&HOMES), random.below(2) == 0);
        let counts = if present { "CREATE_OBJECTS_IN_BUCKET" } else { "CREATE_NEW_BUCKET" };
        let (kind, acl, granted) = stored_acl(&mut random, counts);
        let bucket = format!("bucket-{}", case.0);
        let mut item =
            json!({"pk": {"S": home.scope}, "sk": {"S": "acl"}, "writer": {"S": "w"}, "version": {"N": "1"}});
        if present {
            installation.put_scope_acl(home.scope, json!({"CREATE_NEW_BUCKET": [ANYBODY]})).await;
            item = bucket_item(home.scope, &bucket, &json!({}));
            buckets += 1;
        }
        let members = item.as_object_mut().expect("an item");
        members.remove("acl");
        members.extend(acl.map(|acl| ("acl".to_owned(), acl)));
        installation.put(item).await;
        let caller = random.pick(&CALLERS);
        let allowed = holds(caller, &granted);
        let added = judge_narrowly(&installation, caller, home, &bucket, allowed).await;
        (buckets, objects) = (buckets + added.0, objects + added.1);
        if caller.names.is_some() {
            *kinds.entry((kind, allowed)).or_default() += 1;
        }
    }
    assert_eq!(installation.count().await, (buckets, objects));
    let allowed: Vec<&str> = kinds.keys().filter(|(_, allowed)| *allowed).map(|(kind, _)| *kind).collect();
    assert!(allowed.iter().all(|kind| *kind == "set"), "{kinds:?}");
    if kinds.values().sum::<usize>() > 2000 {
        let found: BTreeSet<&str> = kinds.keys().map(|(kind, _)| *kind).collect();
        assert_eq!(found.len(), 15, "{kinds:?}");
        assert!(!allowed.is_empty(), "{kinds:?}");
        assert!(kinds.contains_key(&("set", false)), "{kinds:?}");
    }
}
