//! Markers of dropped buckets.

use super::attribute;
use super::keys::Item;
use crate::model::bucket::BucketPath;
use crate::model::stamp::Generation;

/// The marker.
pub(super) fn marker(path: &BucketPath, generation: &Generation, now: u64) -> Item {
    Item::from([
        ("pk".to_owned(), attribute::text("/garbage")),
        ("sk".to_owned(), attribute::text(generation.as_str())),
        ("scope".to_owned(), attribute::text(&path.scope.to_string())),
        ("bucket".to_owned(), attribute::text(path.bucket.as_str())),
        ("rules".to_owned(), attribute::number(0)),
        ("dropped".to_owned(), attribute::number(now)),
    ])
}
