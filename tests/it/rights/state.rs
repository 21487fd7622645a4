//! What a request of the matrix finds: a scope's ACL, a bucket or none, an object or none.

use serde_json::{Value, json};

use super::model::{ANYBODY, Home, SIGNED_IN, default_of_bucket};
use super::verdicts::{Holders, Resource, default_of_object, of_bucket};
use pail_testing::fixtures::{bucket_item, deleted, dropped, object_item, scope_acl_item};
use pail_testing::{Installation, Items, items};

/// The content of the object.
pub const CONTENT: &str = r#"{"secret":1}"#;

/// An ACL that no version of Pail can read.
const UNREADABLE: &str = "an ACL is a map";

/// An ACL in the form of the model.
fn holders(entries: &[(&'static str, &[&str])]) -> Holders {
    entries.iter().map(|(verb, subjects)| (*verb, subjects.iter().map(|it| (*it).to_owned()).collect())).collect()
}

/// The ACL of a scope, a bucket or an object.
#[derive(Clone, Debug)]
pub enum Acl {
    Default,
    Changed(Holders),
    Unreadable,
}

/// A bucket, or its absence.
#[derive(Clone, Debug)]
pub enum Bucket {
    Never,
    /// With who had made it.
    Dropped(&'static str),
    /// With who has made it.
    Live(&'static str, Acl),
}

/// An object, or its absence.
#[derive(Clone, Debug)]
pub enum Object {
    Absent,
    /// With who had created it.
    Deleted(&'static str),
    /// With who has created it.
    Live(&'static str, Acl),
}

/// The ACLs of a scope.
pub fn scopes(home: &Home) -> [Acl; 4] {
    let other = if home.inhabitant == SIGNED_IN { "UserID:bob" } else { ANYBODY };
    let of = |entries| Acl::Changed(holders(entries));
    [Acl::Default, of(&[]), of(&[("CREATE_NEW_BUCKET", &[other])]), Acl::Unreadable]
}

/// The buckets of a scope: none, those with the default ACL, and ones that grant the verbs to different subjects.
pub fn buckets() -> Vec<Bucket> {
    let of = |creator, entries| Bucket::Live(creator, Acl::Changed(holders(entries)));
    vec![
        Bucket::Never,
        Bucket::Dropped("UserID:bob"),
        Bucket::Live("UserID:bob", Acl::Default),
        of("UserID:somebody", &[]),
        of("UserID:somebody", &[("READ_OBJECTS_IN_BUCKET", &["UserID:bob", "ThingID:sensor-1"])]),
        of("AdminID:operator", &[("CREATE_OBJECTS_IN_BUCKET", &["UserID:alice", "GroupID:crew"])]),
        // Verbs that must not matter for objects.
        of(
            "UserID:ANONYMOUS_USER",
            &[("QUERY_OBJECTS_IN_BUCKET", &[ANYBODY]), ("DROP_BUCKET_WITH_ALL_CONTENT", &[ANYBODY])],
        ),
        // Verbs that a bucket does not have.
        of(
            "UserID:somebody",
            &[
                ("READ_EXISTING_OBJECT", &[ANYBODY]),
                ("WRITE_EXISTING_OBJECT", &[ANYBODY]),
                ("CREATE_NEW_BUCKET", &[ANYBODY]),
            ],
        ),
        of("ThingID:sensor-1", &[("READ_OBJECTS_IN_BUCKET", &[ANYBODY]), ("CREATE_OBJECTS_IN_BUCKET", &[ANYBODY])]),
        // Made by somebody who is no member of the group.
        Bucket::Live("UserID:alice", Acl::Default),
        Bucket::Live("UserID:bob", Acl::Unreadable),
    ]
}

pub fn objects() -> Vec<Object> {
    let of = |creator, entries| Object::Live(creator, Acl::Changed(holders(entries)));
    vec![
        Object::Absent,
        Object::Deleted("UserID:alice"),
        Object::Live("UserID:alice", Acl::Default),
        Object::Live("UserID:bob", Acl::Default),
        Object::Live("ThingID:sensor-1", Acl::Default),
        Object::Live("UserID:ANONYMOUS_USER", Acl::Default),
        Object::Live("AdminID:operator", Acl::Default),
        // A changed ACL has no entry of the creator.
        of("UserID:alice", &[]),
        of(
            "UserID:somebody",
            &[("READ_EXISTING_OBJECT", &["UserID:alice"]), ("WRITE_EXISTING_OBJECT", &["UserID:bob"])],
        ),
        of("UserID:bob", &[("READ_EXISTING_OBJECT", &[ANYBODY])]),
        of("UserID:sensor-1", &[("WRITE_EXISTING_OBJECT", &[SIGNED_IN])]),
        of("UserID:somebody", &[("WRITE_EXISTING_OBJECT", &["GroupID:crew", "ThingID:sensor-1", "userid:alice"])]),
        of(
            "UserID:ANONYMOUS_USER",
            &[("READ_OBJECTS_IN_BUCKET", &[ANYBODY]), ("CREATE_OBJECTS_IN_BUCKET", &[ANYBODY])],
        ),
        Object::Live("UserID:alice", Acl::Unreadable),
    ]
}

/// The entry that a default has for who made a bucket or an object. Anonymous callers and administrators have none.
fn entry(creator: &'static str) -> Option<&'static str> {
    (!["UserID:ANONYMOUS_USER", "AdminID:operator"].contains(&creator)).then_some(creator)
}

/// An ACL as the model knows it.
fn known(acl: &Acl, default: impl FnOnce() -> Holders) -> Option<Holders> {
    match acl {
        Acl::Default => Some(default()),
        Acl::Changed(holders) => Some(holders.clone()),
        Acl::Unreadable => None,
    }
}

/// The item of a bucket or of an object with an ACL.
pub fn with_acl(mut item: Value, acl: Value) -> Value {
    item["acl"] = acl;
    item
}

/// An ACL in the form of items. DynamoDB has no empty sets.
fn stored(acl: Option<&Holders>) -> Value {
    let Some(holders) = acl else { return json!({"S": UNREADABLE}) };
    let holders = holders.iter().filter(|(_, subjects)| !subjects.is_empty());
    items::acl(&holders.map(|(verb, subjects)| (*verb, json!(subjects))).collect())
}

/// Writes a scope's ACL into the tables, unless that is the default, and returns the scope.
pub async fn build_scope(installation: &Installation, home: &Home, acl: &Acl) -> Resource {
    let default = || holders(&[("CREATE_NEW_BUCKET", &[home.inhabitant])]);
    let acl_of_scope = known(acl, default);
    if !matches!(acl, Acl::Default) {
        let item = scope_acl_item(home.scope, &json!({}));
        installation.put(with_acl(item, stored(acl_of_scope.as_ref()))).await;
    }
    Resource { acl: acl_of_scope, creator: "" }
}

/// The bucket and the object as the model knows them.
pub fn resources(home: &Home, bucket: &Bucket, object: &Object) -> (Option<Resource>, Option<Resource>) {
    let of_bucket_default =
        |creator| of_bucket().map(move |verb| (verb, default_of_bucket(home, verb, entry(creator)))).collect();
    let of_bucket = match bucket {
        Bucket::Never | Bucket::Dropped(_) => None,
        Bucket::Live(creator, acl) => Some(Resource { acl: known(acl, || of_bucket_default(creator)), creator }),
    };
    let of_object = match object {
        // Without a bucket there is no object.
        Object::Live(creator, acl) if of_bucket.is_some() => {
            Some(Resource { acl: known(acl, || default_of_object(home, entry(creator))), creator })
        }
        Object::Absent | Object::Deleted(_) | Object::Live(..) => None,
    };
    (of_bucket, of_object)
}

/// Writes bucket and object into the tables.
pub async fn build(installation: &Installation, home: &Home, bucket: &Bucket, object: &Object) {
    let by = |mut item: Value, attribute: &str, creator: &str| {
        item[attribute] = json!({"S": creator});
        item
    };
    let item = bucket_item(home.scope, "notes", &json!({}));
    match bucket {
        Bucket::Never => {}
        Bucket::Dropped(creator) => installation.put(by(dropped(item), "creator", creator)).await,
        Bucket::Live(creator, _) => {
            let acl = resources(home, bucket, object).0.and_then(|bucket| bucket.acl);
            installation.put(by(with_acl(item, stored(acl.as_ref())), "creator", creator)).await;
        }
    }
    let item = object_item(home.scope, "notes", "o1", CONTENT);
    match object {
        Object::Absent => {}
        Object::Deleted(creator) => installation.put(by(deleted(item), "owner", creator)).await,
        // The default is not stored.
        Object::Live(creator, Acl::Default) => installation.put(by(item, "owner", creator)).await,
        Object::Live(creator, acl) => {
            let acl = stored(known(acl, Holders::new).as_ref());
            installation.put(by(with_acl(item, acl), "owner", creator)).await;
        }
    }
}

/// Deletes all items that were added since these, and puts back those that were changed.
pub async fn clean(installation: &Installation, first: &Items) {
    for (name, item) in installation.items().await {
        match first.get(&name) {
            Some(before) if *before == item => {}
            Some(before) => installation.put(before.clone()).await,
            None => installation.delete("objects", &items::key(&item)).await,
        }
    }
}
