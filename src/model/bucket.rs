//! Buckets.

use super::acl::Acl;
use super::creator::Creator;
use super::id::BucketId;
use super::scope::Scope;
use super::stamp::{Generation, Stamp, Version};

/// Where a bucket is: its scope, and its ID in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BucketPath {
    /// The scope.
    pub scope: Scope,
    /// The bucket's ID.
    pub bucket: BucketId,
}

/// A bucket that exists.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// The generation, which the keys of its objects hold.
    pub generation: Generation,
    /// Its ACL; `None` if the stored one cannot be read, which denies everybody but the administrator.
    pub acl: Option<Acl>,
    /// Who made it.
    pub creator: Creator,
    /// What a change of the item expects.
    pub stamp: Stamp,
}

/// A bucket that is about to be made.
pub struct NewBucket {
    /// The generation, which the keys of its objects hold.
    pub generation: Generation,
    /// Its ACL.
    pub acl: Acl,
    /// Who makes it.
    pub creator: Creator,
    /// When, in milliseconds since 1970 UTC.
    pub created: u64,
}

/// A page of the buckets of a scope.
#[derive(Clone, Debug)]
pub struct BucketPage {
    /// Their IDs, in the order of code points.
    pub ids: Vec<BucketId>,
    /// The bucket ID after which the next page begins, if there may be more.
    pub next: Option<BucketId>,
}

/// What the item under a bucket's key says.
#[derive(Clone, Debug)]
pub enum BucketState {
    /// There is no bucket.
    Vacant(Vacancy),
    /// There is one.
    Live(Bucket),
}

/// Where a bucket can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vacancy {
    /// No item: there never was such a bucket.
    Unused,
    /// The item of a bucket that was dropped.
    Dropped(Stamp),
}

impl Vacancy {
    /// The version of a bucket that is made here.
    pub fn next_version(&self) -> Version {
        match self {
            Self::Unused => Version::FIRST,
            Self::Dropped(stamp) => stamp.version.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stamp::Writer;

    #[test]
    fn a_bucket_over_a_dropped_one_goes_on_with_its_versions() {
        assert_eq!(Vacancy::Unused.next_version(), Version(1));
        let dropped = Vacancy::Dropped(Stamp { writer: Writer::new(1), version: Version(7) });
        assert_eq!(dropped.next_version(), Version(8));
    }
}
