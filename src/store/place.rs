//! Where objects and index entries are.

use super::keys::{self, Item};
use crate::model::bucket::BucketPath;
use crate::model::id::ObjectId;
use crate::model::index::Rule;
use crate::model::marks::RuleNumber;
use crate::model::stamp::Generation;

/// Where an object is.
#[derive(Clone, Copy)]
pub struct ObjectPlace<'a> {
    /// The bucket.
    pub path: &'a BucketPath,
    /// The generation of the bucket.
    pub generation: &'a Generation,
    /// The object's ID.
    pub id: &'a ObjectId,
    /// The index rules of the bucket.
    pub rules: &'a [Rule],
}

/// The entries of an index rule for one generation of a bucket.
#[derive(Clone, Copy)]
pub struct IndexPlace<'a> {
    /// The bucket.
    pub path: &'a BucketPath,
    /// Its generation.
    pub generation: &'a Generation,
    /// The rule.
    pub rule: RuleNumber,
}

impl ObjectPlace<'_> {
    pub(super) fn key(&self) -> Item {
        keys::object(self.path, self.generation, self.id)
    }

    pub(super) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }
}

impl IndexPlace<'_> {
    pub(super) fn partition(&self) -> String {
        keys::entries(self.path, self.generation, self.rule)
    }
}
