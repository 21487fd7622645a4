//! Conditional writes: what each expects to find, and what a failed condition means (protocol: after a failure).

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use super::failure::{Cause, Failure, Result};
use super::keys::Item;
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::model::stamp::{Stamp, Version, Writer};

/// What a write expects under its key: exactly what the request has read there. Nothing that was read ever recurs.
#[derive(Clone, Copy)]
pub(super) enum Expected<'a> {
    /// No item. None was ever there, as items that are dropped or deleted leave a tombstone.
    Absent,
    /// A live item.
    Live(&'a Stamp),
    /// The tombstone of a bucket that was dropped.
    Dropped(&'a Stamp),
}

/// How a conditional change fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// It took effect.
    Made,
    /// Another request changed the item first, and nothing was written: read again, and decide again.
    Conflict,
}

/// Where a write goes.
pub(super) struct Place<'a> {
    pub table: &'a str,
    pub key: Item,
}

/// How a put of a new item fared.
pub(super) enum PutOutcome {
    /// It took effect.
    Made,
    /// This item stands there: another request's, or this one's by an earlier attempt.
    Found(Option<Item>),
}

/// How a transaction fared.
pub(super) enum Transaction {
    /// It took effect.
    Made,
    /// It was cancelled: nothing of this attempt was written.
    Cancelled(Obstacle),
}

/// Why a transaction was cancelled.
pub(super) enum Obstacle {
    /// The condition of its first write failed. This is the item now.
    First(Option<Item>),
    /// Another write was under way on one of the items, or the condition of a later write failed.
    Conflict,
    /// The table was too busy.
    Throttled,
}

impl<'a> Expected<'a> {
    /// The condition in DynamoDB's expression language. `:seen` is the writer of what was read.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Absent => "attribute_not_exists(writer)",
            Self::Live(_) => "writer = :seen AND attribute_not_exists(dropped)",
            Self::Dropped(_) => "writer = :seen AND attribute_exists(dropped)",
        }
    }

    /// The value of `:seen`.
    pub fn values(self) -> Option<Item> {
        let seen = self.stamp()?;
        Some(HashMap::from([(":seen".to_owned(), attribute::text(seen.writer.as_str()))]))
    }

    /// The version that the item has after the write.
    pub fn next_version(self) -> Version {
        self.stamp().map_or(Version::FIRST, |seen| seen.version.next())
    }

    fn stamp(self) -> Option<&'a Stamp> {
        match self {
            Self::Absent => None,
            Self::Live(seen) | Self::Dropped(seen) => Some(seen),
        }
    }
}

impl Session<'_> {
    /// Puts a new item.
    pub(super) async fn put_new(&mut self, table: &str, item: impl Fn() -> Item) -> Result<PutOutcome> {
        let Store { client, .. } = self.store;
        let put = || {
            client
                .put_item()
                .table_name(table)
                .set_item(Some(item()))
                .condition_expression(Expected::Absent.condition())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        match self.call("PutItem", put).await?.result {
            Ok(_) => Ok(PutOutcome::Made),
            Err(PutItemError::ConditionalCheckFailedException(failed)) => Ok(PutOutcome::Found(failed.item)),
            Err(_) => Err(unexpected("PutItem")),
        }
    }

    /// Sets attributes of an item by rule R4. Attributes that are not named stay as they are.
    pub(super) async fn change(&mut self, place: Place<'_>, mut set: Item, expected: Expected<'_>) -> Result<Write> {
        set.extend(attribute::stamp(self.writer(), expected.next_version()));
        // Names are placeholders, as some of them are reserved words of the expression language.
        let assignments: Vec<String> = set.keys().map(|name| format!("#{name} = :{name}")).collect();
        let expression = format!("SET {} REMOVE dropped", assignments.join(", "));
        let names: HashMap<String, String> = set.keys().map(|name| (format!("#{name}"), name.clone())).collect();
        let mut values: Item = set.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
        values.extend(expected.values().unwrap_or_default());
        let (Store { client, .. }, Place { table, key }) = (self.store, place);
        let update = || {
            client
                .update_item()
                .table_name(table)
                .set_key(Some(key.clone()))
                .update_expression(&expression)
                .condition_expression(expected.condition())
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(Some(values.clone()))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call("UpdateItem", update).await?;
        let found = match reply.result {
            Ok(_) => return Ok(Write::Made),
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) => failed.item,
            Err(_) => return Err(unexpected("UpdateItem")),
        };
        let found = found.as_ref().map(attribute::read_stamp).transpose();
        let found = found.map_err(|error| Failure::unreadable(error, table, &key))?;
        after_conflict(reply.attempts, found.as_ref(), self.writer(), expected.next_version())
    }

    /// Sends a transaction. `token` makes further attempts at it the same transaction for DynamoDB.
    pub(super) async fn transact(&mut self, writes: &[TransactWriteItem], token: &str) -> Result<(Transaction, u32)> {
        const CALL: &str = "TransactWriteItems";
        let Store { client, .. } = self.store;
        let transact = || {
            let call = client.transact_write_items().client_request_token(token);
            call.set_transact_items(Some(writes.to_vec())).send()
        };
        let reply = self.call(CALL, transact).await?;
        let outcome = match reply.result {
            Ok(_) => Transaction::Made,
            Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                Transaction::Cancelled(obstacle(cancelled.cancellation_reasons.unwrap_or_default())?)
            }
            Err(_) => return Err(unexpected(CALL)),
        };
        Ok((outcome, reply.attempts))
    }

    /// A put of a new item, or over what is expected, as a part of a transaction.
    pub(super) fn put_in_transaction(
        &self,
        table: &str,
        item: Item,
        expected: Expected<'_>,
    ) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(expected.condition())
            .set_expression_attribute_values(expected.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = put.build().map_err(|error| Failure::fault(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Rule R4: `found` is the item that failed the condition of a change, which would have given it the version `next`.
fn after_conflict(attempts: u32, found: Option<&Stamp>, ours: &Writer, next: Version) -> Result<Write> {
    match found {
        Some(found) if found.writer == *ours => Ok(Write::Made),
        Some(found) if attempts == 1 || found.version == next => Ok(Write::Conflict),
        None if attempts == 1 => Ok(Write::Conflict),
        // An earlier attempt may have taken effect and been overwritten since.
        Some(_) | None => Err(unknown("UpdateItem")),
    }
}

/// The outcome of a write cannot be known.
pub(super) fn unknown(call: &'static str) -> Failure {
    let cause = Cause::of_message("the item has changed since, and an earlier attempt may have taken effect before");
    Failure::Unavailable(Cause { call, ..cause })
}

/// The obstacle that the reasons of a cancelled transaction name, in the order of its writes.
fn obstacle(mut reasons: Vec<CancellationReason>) -> Result<Obstacle> {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    if let Some(first) = reasons.first_mut().filter(|reason| code(reason) == "ConditionalCheckFailed") {
        return Ok(Obstacle::First(first.item.take()));
    }
    match reasons.iter().map(code).find(|code| code != "None").as_deref() {
        Some("TransactionConflict" | "ConditionalCheckFailed") => Ok(Obstacle::Conflict),
        Some("ProvisionedThroughputExceeded" | "ThrottlingError") | None => Ok(Obstacle::Throttled),
        Some(code) => {
            let cause = Cause::of_message("a transaction was cancelled");
            Err(Failure::Fault(Cause { call: "TransactWriteItems", code: code.to_owned(), ..cause }))
        }
    }
}
