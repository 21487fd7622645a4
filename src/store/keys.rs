//! The keys of items, made in one place. Distinct resources have distinct keys (protocol: items): no ID holds a `/`, no
//! bucket ID holds a `:`, and a partition of objects has an even number of parts between `/`, a scope an odd one.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::model::bucket::BucketPath;
use crate::model::id::{AppId, BucketId, ObjectId};
use crate::model::marks::RuleNumber;
use crate::model::scope::Scope;
use crate::model::stamp::Generation;

/// The partition key of the apps table.
pub const APP: &str = "app_id";
/// The partition key of the objects table.
pub const PARTITION: &str = "pk";
/// The sort key of the objects table.
pub const SORT: &str = "sk";

/// The partition of the markers of dropped buckets. No scope begins with a `/`.
pub const MARKERS: &str = "/garbage";

/// The attribute that marks the tombstone of a bucket.
pub const DROPPED: &str = "dropped";
/// The attribute that marks the tombstone of an object.
pub const DELETED: &str = "deleted";

/// The attribute by which DynamoDB removes items of the objects table (TTL), in seconds since 1970 UTC.
pub const EXPIRES: &str = "expires";

/// A key, or an item with its key.
pub type Item = HashMap<String, AttributeValue>;

/// The key of an app in the apps table.
pub fn app(app: &AppId) -> Item {
    HashMap::from([(APP.to_owned(), AttributeValue::S(app.to_string()))])
}

/// The key of a scope's ACL.
pub fn scope_acl(scope: &Scope) -> Item {
    key(&scope.to_string(), "acl")
}

/// What the sort keys of buckets begin with.
pub const BUCKET: &str = "bucket/";

/// The key of a bucket.
pub fn bucket(path: &BucketPath) -> Item {
    bucket_in(&path.scope, &path.bucket)
}

/// The key of a bucket in a scope.
pub fn bucket_in(scope: &Scope, bucket: &BucketId) -> Item {
    key(&scope.to_string(), &format!("{BUCKET}{bucket}"))
}

/// The partition of the objects of one generation of a bucket.
pub fn objects(path: &BucketPath, generation: &Generation) -> String {
    format!("{}/{}:{}", path.scope, path.bucket, generation.as_str())
}

/// The key of an object of one generation of a bucket.
pub fn object(path: &BucketPath, generation: &Generation, object: &ObjectId) -> Item {
    key(&objects(path, generation), object.as_str())
}

/// The partition of the entries of an index rule for one generation of a bucket.
pub fn entries(path: &BucketPath, generation: &Generation, rule: RuleNumber) -> String {
    format!("{}/{rule}", objects(path, generation))
}

/// The key of an index entry in a partition.
pub fn entry(partition: &str, sort: &[u8]) -> Item {
    let sort = AttributeValue::B(Blob::new(sort));
    HashMap::from([(PARTITION.to_owned(), AttributeValue::S(partition.to_owned())), (SORT.to_owned(), sort)])
}

/// The key of the marker of a generation that was dropped.
pub fn marker(generation: &Generation) -> Item {
    key(MARKERS, generation.as_str())
}

/// The key of an opaque token of an app, by the SHA-256 of the token. No app's ID begins with a `/`, so that the partition
/// is no scope's and no bucket's.
pub fn token(app: &AppId, digest: &[u8; 32]) -> Item {
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    key(&format!("/tokens/{app}/{digest}"), "token")
}

/// A key in words, for logs.
pub fn display(key: &Item) -> String {
    let part = |name: &str| key.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
    [APP, PARTITION, SORT].into_iter().filter_map(part).collect::<Vec<_>>().join(" ")
}

/// A key of the objects table.
pub(super) fn key(partition: &str, sort: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([(PARTITION.to_owned(), text(partition)), (SORT.to_owned(), text(sort))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{BucketId, GroupId};
    use crate::model::scope::ScopeOwner;

    #[test]
    fn no_object_meets_the_acl_of_a_scope() {
        // A bucket `groups` and an object `acl` beside a group that is called like the bucket's generation.
        let (generation, app) = (Generation::new(0xa), AppId::parse("demo").unwrap());
        let bucket = BucketId::parse("groups").unwrap();
        let path = BucketPath { scope: Scope { app: app.clone(), owner: ScopeOwner::App }, bucket };
        let partition = object(&path, &generation, &ObjectId::random(1)).remove(PARTITION);
        for group in [generation.as_str().to_owned(), format!("groups:{}", generation.as_str())] {
            let Ok(group) = GroupId::parse(&group) else { continue };
            let scope = Scope { app: app.clone(), owner: ScopeOwner::Group(group) };
            assert_ne!(scope_acl(&scope).remove(PARTITION), partition);
        }
    }

    fn text(item: &Item) -> String {
        let attribute = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("-", String::as_str);
        assert!(!item.is_empty() && item.keys().all(|name| [APP, PARTITION, SORT].contains(&name.as_str())));
        [APP, PARTITION, SORT].map(attribute).join(" ")
    }

    #[test]
    fn items_stand_where_the_protocol_says() {
        let app = AppId::parse("demo").unwrap();
        let owner = ScopeOwner::Group(GroupId::parse("crew").unwrap());
        let scope = Scope { app: app.clone(), owner };
        let path = BucketPath { scope: scope.clone(), bucket: BucketId::parse("notes").unwrap() };
        let object_key = object(&path, &Generation::new(1), &ObjectId::random(2));
        assert_eq!(text(&super::app(&app)), "demo - -");
        assert_eq!(text(&scope_acl(&scope)), "- demo/groups/crew acl");
        assert_eq!(text(&bucket(&path)), "- demo/groups/crew bucket/notes");
        let partition = format!("demo/groups/crew/notes:{:032x}", 1);
        assert_eq!(text(&object_key), format!("- {partition} {}", ObjectId::random(2)));
        assert_eq!(display(&object_key), format!("{partition} {}", ObjectId::random(2)));
        let index = entries(&path, &Generation::new(1), RuleNumber(3));
        assert_eq!(index, format!("{partition}/3"));
        assert_eq!(display(&entry(&index, b"x")), index);
        assert_eq!(text(&marker(&Generation::new(1))), format!("- /garbage {:032x}", 1));
        assert_eq!(display(&super::app(&app)), "demo");
        assert_eq!(text(&token(&app, &[0xa; 32])), format!("- /tokens/demo/{} token", "0a".repeat(32)));
    }
}
