//! Changes of ACLs, by rule R4: each is conditional on exactly what was read.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::items::{self, NewBucket, ScopeAcl};
use super::keys::{self, Item};
use super::{Session, Store};
use crate::error::{Error, Result};
use crate::model::acl::Acl;
use crate::model::bucket::{Bucket, BucketPath, BucketState, Writer};
use crate::model::object::Version;
use crate::model::scope::Scope;

/// How a conditional change fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Made,
    /// Somebody else changed the item first; nothing was written. Read again and decide again.
    Overtaken,
}

impl Session<'_> {
    /// The ACL item of a scope, read consistently; `None` if nobody has changed the default.
    pub async fn scope_acl(&mut self, scope: &Scope) -> Result<Option<ScopeAcl>> {
        let item = self.object_table_item(keys::scope_acl(scope)).await?;
        item.as_ref().map(items::scope_acl).transpose().map_err(|error| self.unreadable(&error))
    }

    /// Stores a scope's ACL in the place of the one that was `seen`.
    pub async fn change_scope_acl(&mut self, scope: &Scope, seen: Option<&ScopeAcl>, acl: &Acl) -> Result<Change> {
        let seen = seen.map(|seen| (&seen.writer, seen.version));
        let mut item = keys::scope_acl(scope);
        item.insert("acl".to_owned(), items::acl(acl));
        self.replace(&self.store.tables.objects, item, seen, None).await
    }

    /// Makes a bucket without an object, over what was `seen` under its name: nothing, or what is left of a dropped one.
    pub async fn make_bucket(&mut self, path: &BucketPath, seen: &BucketState, bucket: &NewBucket) -> Result<Change> {
        let (seen, condition) = match seen {
            BucketState::Absent => (None, None),
            BucketState::Dropped { writer, version } => (Some((writer, *version)), Some("attribute_exists(dropped)")),
            BucketState::Live(_) => return Err(Error::Internal),
        };
        let item = items::bucket(path, bucket, self.writer(), Version::FIRST);
        self.replace(&self.store.tables.objects, item, seen, condition).await
    }

    /// Stores a bucket's ACL in the place of the one that was `seen`.
    pub async fn change_bucket_acl(&mut self, path: &BucketPath, seen: &Bucket, acl: &Acl) -> Result<Change> {
        let Store { client, tables } = self.store;
        let (key, writer) = (keys::bucket(path), self.writer().clone());
        let values = HashMap::from([
            (":seen".to_owned(), AttributeValue::S(seen.writer.as_str().to_owned())),
            (":writer".to_owned(), AttributeValue::S(writer.as_str().to_owned())),
            (":version".to_owned(), items::number(seen.version.next().0)),
            (":acl".to_owned(), items::acl(acl)),
        ]);
        let update = || {
            client
                .update_item()
                .table_name(&tables.objects)
                .set_key(Some(key.clone()))
                .update_expression("SET acl = :acl, writer = :writer, version = :version")
                .condition_expression("writer = :seen AND attribute_not_exists(dropped)")
                .set_expression_attribute_values(Some(values.clone()))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call("UpdateItem", update).await?;
        let failed = reply.result.err().map(|error| match error {
            aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(failed) => {
                Ok(failed.item)
            }
            _ => Err(Error::Internal),
        });
        self.judge_change(reply.attempts, failed.transpose()?, seen.version)
    }

    /// Puts a whole item in the place of the one that was `seen`, or where none was.
    pub(super) async fn replace(
        &mut self,
        table: &str,
        mut item: Item,
        seen: Option<(&Writer, Version)>,
        further_condition: Option<&str>,
    ) -> Result<Change> {
        let version = seen.map_or(Version(0), |(_, version)| version);
        items::stamp(&mut item, self.writer(), version.next());
        let condition = if seen.is_some() { "writer = :seen" } else { "attribute_not_exists(writer)" };
        let condition = [Some(condition), further_condition].into_iter().flatten().collect::<Vec<_>>().join(" AND ");
        let values = seen
            .map(|(writer, _)| HashMap::from([(":seen".to_owned(), AttributeValue::S(writer.as_str().to_owned()))]));
        let client = &self.store.client;
        let put = || {
            client
                .put_item()
                .table_name(table)
                .set_item(Some(item.clone()))
                .condition_expression(&condition)
                .set_expression_attribute_values(values.clone())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call("PutItem", put).await?;
        let failed = reply.result.err().map(|error| match error {
            aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) => {
                Ok(failed.item)
            }
            _ => Err(Error::Internal),
        });
        self.judge_change(reply.attempts, failed.transpose()?, version)
    }

    /// Rule R4. `failed` is what stood in the way, if something did; `seen` is the version that the change was made of.
    fn judge_change(&mut self, attempts: u32, failed: Option<Option<Item>>, seen: Version) -> Result<Change> {
        let Some(found) = failed else {
            return Ok(Change::Made);
        };
        let found = found.as_ref().map(items::stamped).transpose().map_err(|error| self.unreadable(&error))?;
        match found {
            Some((writer, _)) if writer == *self.writer() => Ok(Change::Made),
            Some((_, version)) if attempts == 1 || version == seen.next() => Ok(Change::Overtaken),
            None if attempts == 1 => Ok(Change::Overtaken),
            // An earlier attempt may have landed and been overwritten since.
            _ => Err(Error::Unavailable),
        }
    }
}
