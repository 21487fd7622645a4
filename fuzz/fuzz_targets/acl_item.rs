//! Items of buckets and scopes: reading any item causes no panic, and the ACL grants only what the item's text says.

#![no_main]

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use libfuzzer_sys::fuzz_target;
use pail::model::acl::{Acl, Verb};
use pail::model::bucket::BucketState;
use pail::model::id::{GroupId, ThingId, UserId};
use pail::model::principal::Principal;
use pail::store::bucket::read_bucket;
use pail::store::scope_acl::read_scope_acl;
use serde_json::{Map, Value};

fuzz_target!(|text: &str| {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return };
    let item: HashMap<_, _> =
        members.iter().filter_map(|(name, value)| Some((name.clone(), attribute(value)?))).collect();
    if let Ok(BucketState::Live(bucket)) = read_bucket(Some(&item)) {
        assert!(
            !members.contains_key("dropped") || !item.contains_key("dropped"),
            "a dropped bucket was read as existing"
        );
        grants_what_it_says(bucket.acl.as_ref(), &members);
    }
    if let Ok(scope) = read_scope_acl(&item) {
        grants_what_it_says(scope.acl.as_ref(), &members);
    }
});

/// An attribute in the JSON that DynamoDB itself uses; `None` if it is none.
fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object().filter(|value| value.len() == 1)?.iter().next()?;
    let texts = || value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    Some(match kind.as_str() {
        "S" => AttributeValue::S(value.as_str()?.to_owned()),
        "N" => AttributeValue::N(value.as_str()?.to_owned()),
        "B" => AttributeValue::B(Blob::new(value.as_str()?)),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(texts()?),
        "NS" => AttributeValue::Ns(texts()?),
        "BS" => AttributeValue::Bs(texts()?.into_iter().map(Blob::new).collect()),
        "L" => AttributeValue::L(value.as_array()?.iter().map(attribute).collect::<Option<_>>()?),
        "M" => {
            let members = value.as_object()?.iter();
            AttributeValue::M(
                members.map(|(name, value)| Some((name.clone(), attribute(value)?))).collect::<Option<_>>()?,
            )
        }
        _ => return None,
    })
}

/// The set of texts under a verb, as the JSON has it.
fn granted(members: &Map<String, Value>, verb: Verb) -> BTreeSet<&str> {
    let entry = members.get("acl").and_then(|acl| acl.get("M")?.get(verb.as_str())?.get("SS")?.as_array());
    entry.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Callers, and the subjects that match each of them in an ACL.
fn callers() -> [(Principal, &'static [&'static str]); 3] {
    const EVERYBODY: &str = "UserID:ANONYMOUS_USER";
    const SIGNED_IN: &str = "UserID:ANY_AUTHENTICATED_USER";
    let groups = GroupId::parse("crew").into_iter().collect();
    let user = UserId::parse("alice").map(|id| Principal::User { id, groups }).expect("an ID");
    let thing = ThingId::parse("t").map(|id| Principal::Thing { id, groups: Vec::new() }).expect("an ID");
    [
        (Principal::Anonymous, &[EVERYBODY]),
        (user, &[EVERYBODY, SIGNED_IN, "UserID:alice", "GroupID:crew"]),
        (thing, &[EVERYBODY, SIGNED_IN, "ThingID:t"]),
    ]
}

fn grants_what_it_says(acl: Option<&Acl>, members: &Map<String, Value>) {
    let Some(acl) = acl else { return };
    for &verb in Verb::OF_BUCKET.iter().chain(Verb::OF_SCOPE) {
        let granted = granted(members, verb);
        for (caller, names) in callers() {
            let expected = names.iter().any(|name| granted.contains(name));
            assert_eq!(acl.grants(verb, &caller), expected, "{verb} by {caller:?}");
        }
    }
}
