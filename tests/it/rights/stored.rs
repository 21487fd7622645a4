//! Requests with default and stored ACLs, compared with the model.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::judge::judge;
use super::model::{ANYBODY, CALLERS, HOMES, SUBJECTS, default_of_bucket, holds};
use pail_testing::{Call, Installation, bucket_item, callers};

#[tokio::test]
async fn callers_who_may_create_buckets_and_objects_by_default() {
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
                // Without a bucket only the scope's ACL decides, and with one only the bucket's.
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
async fn the_readable_part_of_an_acl_applies() {
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
async fn rights_in_one_scope_do_not_apply_to_another() {
    let installation = Installation::start().await;
    installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": [ANYBODY]})).await;
    installation.put_bucket("demo", "notes", json!({"CREATE_OBJECTS_IN_BUCKET": [ANYBODY]})).await;
    for home in &HOMES[1..] {
        let nobody_here = Call::create(home.scope, "notes").bearer(&callers::user("carol"));
        installation.refused(&nobody_here, 401, "UNAUTHORIZED").await;
    }
}
