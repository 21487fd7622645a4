//! The keys of items, made in one place. Distinct resources have distinct keys, as no ID holds a `/` and every variable
//! part stands between fixed ones (protocol: items).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::model::bucket::{BucketPath, Generation};
use crate::model::id::{AppId, ObjectId};
use crate::model::scope::Scope;

/// The partition key of the apps table.
pub const APP: &str = "app_id";
/// The partition key of the objects table.
pub const PARTITION: &str = "pk";
/// The sort key of the objects table.
pub const SORT: &str = "sk";

/// A key, or an item with its key.
pub type Item = HashMap<String, AttributeValue>;

/// The key of an app in the apps table.
pub fn app(app: &AppId) -> Item {
    HashMap::from([(APP.to_owned(), AttributeValue::S(app.to_string()))])
}

/// The key of a scope's ACL.
pub fn scope_acl(scope: &Scope) -> Item {
    key(scope.to_string(), "acl".to_owned())
}

/// The key of a bucket.
pub fn bucket(path: &BucketPath) -> Item {
    key(path.scope.to_string(), format!("bucket/{}", path.bucket))
}

/// The key of an object of one generation of a bucket.
pub fn object(path: &BucketPath, generation: &Generation, object: &ObjectId) -> Item {
    key(format!("{}/{}/{}", path.scope, path.bucket, generation.as_str()), object.to_string())
}

fn key(partition: String, sort: String) -> Item {
    HashMap::from([(PARTITION.to_owned(), AttributeValue::S(partition)), (SORT.to_owned(), AttributeValue::S(sort))])
}
