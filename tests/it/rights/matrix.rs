//! Every kind of caller × bucket absent or present × every set of subjects × every scope, by requests.

use std::collections::BTreeSet;

use serde_json::json;

use super::judge::judge_narrowly;
use super::model::{ANYBODY, CALLERS, HOMES, SIGNED_IN, holds};
use pail_testing::{Installation, figure};

/// Subjects: everybody, all signed-in callers, a user, a group, a thing, and one that matches no caller.
const ENTRIES: [&str; 6] =
    [ANYBODY, SIGNED_IN, "UserID:alice", "GroupID:crew", "ThingID:sensor-1", "UserID:a-stranger"];

/// The subjects in one of the 64 sets, and the others.
fn set(bits: usize) -> (BTreeSet<String>, BTreeSet<String>) {
    let subjects = ENTRIES.iter().enumerate().map(|(bit, subject)| (bits & (1 << bit) != 0, (*subject).to_owned()));
    let (inside, outside): (Vec<_>, Vec<_>) = subjects.partition(|(inside, _)| *inside);
    let subjects = |part: Vec<(bool, String)>| part.into_iter().map(|(_, subject)| subject).collect();
    (subjects(inside), subjects(outside))
}

#[tokio::test]
async fn for_all_callers_buckets_acls_and_scopes_exactly_the_one_relevant_acl_decides() {
    let installation = Installation::start().await;
    // By default every eighth set, with a different start for each caller.
    let step = figure(8, 1);
    let (mut rows, mut allowed_rows, mut buckets, mut objects) = (0, 0, 0, 0);
    for home in &HOMES {
        for bits in 0..1_usize << ENTRIES.len() {
            let (granted, others) = set(bits);
            // The other ACL and the other verbs must not matter, so they grant to the opposite subjects.
            for (caller_at, caller) in CALLERS.iter().enumerate() {
                if (bits + caller_at) % step != 0 {
                    continue;
                }
                let allowed = holds(caller, &granted);
                for present in [false, true] {
                    let (scope, entries) = if present { (&others, &granted) } else { (&granted, &others) };
                    let bucket = format!("{}-{bits}-{caller_at}", if present { "old" } else { "new" });
                    let mut acl =
                        json!({"CREATE_OBJECTS_IN_BUCKET": others, "DROP_BUCKET_WITH_ALL_CONTENT": [ANYBODY]});
                    acl["CREATE_NEW_BUCKET"] = json!(scope);
                    installation.put_scope_acl(home.scope, without_empty_sets(acl)).await;
                    if present {
                        let mut acl = json!({"CREATE_NEW_BUCKET": others, "READ_OBJECTS_IN_BUCKET": [ANYBODY]});
                        acl["CREATE_OBJECTS_IN_BUCKET"] = json!(entries);
                        installation.put_bucket(home.scope, &bucket, without_empty_sets(acl)).await;
                        buckets += 1;
                    }
                    let added = judge_narrowly(&installation, caller, home, &bucket, allowed).await;
                    assert_eq!(added, (usize::from(allowed && !present), usize::from(allowed)));
                    (rows, allowed_rows) = (rows + 1, allowed_rows + usize::from(allowed));
                    (buckets, objects) = (buckets + added.0, objects + added.1);
                }
            }
        }
    }
    assert_eq!(rows, 3584 / step);
    // For each scope, with or without a bucket: an anonymous caller is granted the right in half of the sets; alice,
    // who matches three subjects, in 7 of 8, like bob, carol and the thing; the user with the thing's ID in 3 of 4; the
    // administrator in all.
    assert!(allowed_rows > rows / 2);
    assert!(step > 1 || allowed_rows == 4 * 2 * (32 + 56 + 56 + 56 + 48 + 56 + 64));
    // Nothing was written anywhere else.
    assert_eq!(installation.count().await, (buckets, objects));
}

/// DynamoDB has no empty sets.
fn without_empty_sets(mut acl: serde_json::Value) -> serde_json::Value {
    let entries = acl.as_object_mut().expect("an ACL");
    entries.retain(|_, subjects| subjects.as_array().is_some_and(|subjects| !subjects.is_empty()));
    acl
}
