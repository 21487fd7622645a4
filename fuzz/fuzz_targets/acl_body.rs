//! Bodies that replace an ACL: one is accepted exactly if a second reader finds an ACL in it, and with the same entries.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pail::http::acl::entries;
use pail::http::refusal::Refusal;
use pail::model::acl::Verb;
use pail::model::address::{Address, AddressedOwner, BucketAddress, ScopeAddress};
use pail::model::id::{AppId, BucketId, GroupId, ThingId, UserId};
use pail::model::scope::ScopeOwner;
use pail_testing::tree::Tree;

/// The ACL of a bucket, as it has the most verbs.
static ADDRESS: LazyLock<Address> = LazyLock::new(|| {
    let app = AppId::parse("demo").expect("an ID");
    let scope = ScopeAddress { app, owner: AddressedOwner::Named(ScopeOwner::App) };
    Address::Bucket(BucketAddress { scope, bucket: BucketId::parse("notes").expect("an ID") })
});

fuzz_target!(|body: &[u8]| {
    let expected = Tree::read(body).filter(Tree::is_acceptable).and_then(read);
    let found = match entries(body, &ADDRESS) {
        Ok(entries) => Some(entries.into_iter().map(|(verb, subject)| format!("{verb} {subject}")).collect()),
        Err(Refusal::InvalidJson(error)) => {
            assert!(error.line > 0 && error.column > 0, "{error:?}");
            None
        }
        Err(Refusal::InvalidInput { field: "verb" | "subject", .. }) => None,
        Err(other) => panic!("refused for another reason: {other:?}"),
    };
    assert_eq!(found, expected);
});

/// The entries of an ACL, each as verb and subject; `None` if it is none.
fn read(acl: Tree) -> Option<BTreeSet<String>> {
    let Tree::Object(verbs) = acl else { return None };
    let mut entries = BTreeSet::new();
    for (verb, list) in verbs {
        let Tree::List(list) = list else { return None };
        if !Verb::OF_BUCKET.iter().any(|known| known.as_str() == verb) {
            return None;
        }
        for entry in list {
            let Tree::Object(members) = entry else { return None };
            let [(kind, Tree::Text(id))] = &members[..] else { return None };
            let is_word = ["ANONYMOUS_USER", "ANY_AUTHENTICATED_USER"].contains(&id.as_str());
            let kind = match kind.as_str() {
                "userID" if is_word || UserId::parse(id).is_ok() => "UserID",
                "groupID" if GroupId::parse(id).is_ok() => "GroupID",
                "thingID" if ThingId::parse(id).is_ok() => "ThingID",
                _ => return None,
            };
            entries.insert(format!("{verb} {kind}:{id}"));
        }
    }
    Some(entries)
}
