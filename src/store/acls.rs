//! ACLs of scopes and buckets, as operators read and change them.

use super::change::{Change, Seen};
use super::items::{self, NewBucket, ScopeAcl};
use super::keys::{self, Item};
use super::{Session, Store};
use crate::error::Result;
use crate::model::acl::Acl;
use crate::model::bucket::{Bucket, BucketPath, Vacancy};
use crate::model::scope::Scope;

impl Session<'_> {
    /// The ACL item of a scope, read consistently; `None` if nobody has changed the default.
    pub async fn scope_acl(&mut self, scope: &Scope) -> Result<Option<ScopeAcl>> {
        let Store { tables, .. } = self.store;
        let item = self.item(&tables.objects, keys::scope_acl(scope)).await?;
        item.as_ref().map(items::scope_acl).transpose().map_err(|error| self.unreadable(&error))
    }

    /// Stores a scope's ACL in the place of the one that was `seen`.
    pub async fn change_scope_acl(&mut self, scope: &Scope, seen: Option<&ScopeAcl>, acl: &Acl) -> Result<Change> {
        let Store { tables, .. } = self.store;
        let seen = seen.map_or(Seen::Nothing, |seen| Seen::Item(&seen.writer, seen.version));
        let set = Item::from([("acl".to_owned(), items::acl(acl))]);
        self.change(&tables.objects, keys::scope_acl(scope), set, seen).await
    }

    /// Makes a bucket without an object, over what was `seen` under its name: nothing, or what is left of a dropped one.
    pub async fn make_bucket(&mut self, path: &BucketPath, seen: &Vacancy, bucket: &NewBucket) -> Result<Change> {
        let Store { tables, .. } = self.store;
        let seen = match seen {
            Vacancy::Unused => Seen::Nothing,
            Vacancy::Dropped { writer, version } => Seen::Dropped(writer, *version),
        };
        self.change(&tables.objects, keys::bucket(path), items::of_bucket(bucket), seen).await
    }

    /// Stores a bucket's ACL in the place of the one that was `seen`.
    pub async fn change_bucket_acl(&mut self, path: &BucketPath, seen: &Bucket, acl: &Acl) -> Result<Change> {
        let Store { tables, .. } = self.store;
        let set = Item::from([("acl".to_owned(), items::acl(acl))]);
        self.change(&tables.objects, keys::bucket(path), set, Seen::Item(&seen.writer, seen.version)).await
    }
}
