//! ACLs of scopes: item and model, and their calls.

use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::write::{Expected, Place, Write};
use super::{Session, Store, attribute};
use crate::model::acl::Acl;
use crate::model::scope::Scope;
use crate::model::stamp::Stamp;

/// A scope's ACL as it is stored.
pub struct ScopeAcl {
    /// The ACL; `None` if it cannot be read, which denies everybody but the administrator.
    pub acl: Option<Acl>,
    /// What a change of the item expects.
    pub stamp: Stamp,
}

impl Session<'_> {
    /// Reads the ACL of a scope; `None` if nobody has changed the default.
    pub async fn scope_acl(&mut self, scope: &Scope) -> Result<Option<ScopeAcl>> {
        let (table, key) = (&self.store.tables.objects, keys::scope_acl(scope));
        let item = self.get(table, &key).await?;
        item.as_ref().map(read_scope_acl).transpose().map_err(|error| Failure::unreadable(error, table, &key))
    }

    /// Replaces the ACL of a scope that was `seen`.
    pub async fn change_scope_acl(&mut self, scope: &Scope, seen: Option<&ScopeAcl>, acl: &Acl) -> Result<Write> {
        let Store { tables, .. } = self.store;
        let expected = seen.map_or(Expected::Absent, |seen| Expected::Live(&seen.stamp));
        let set = Item::from([("acl".to_owned(), attribute::acl(acl))]);
        self.change(Place { table: &tables.objects, key: keys::scope_acl(scope), mark: keys::DROPPED }, set, expected)
            .await
    }
}

/// Reads a scope's ACL from its item.
pub fn read_scope_acl(item: &Item) -> std::result::Result<ScopeAcl, Unreadable> {
    Ok(ScopeAcl { acl: attribute::read_acl(item), stamp: attribute::read_stamp(item)? })
}
