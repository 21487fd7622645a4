//! Conditional writes: what each expects to find, and what a failed condition means (protocol: after a failure).

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::failure::{Cause, Failure, Result};
use super::keys::{DROPPED, Item};
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::model::stamp::{Stamp, Version, Writer};

const UPDATE: &str = "UpdateItem";

/// What a write expects under its key: exactly what the request has read there. Nothing that was read ever recurs.
#[derive(Clone, Copy)]
pub(super) enum Expected<'a> {
    /// No item.
    Absent,
    /// A live item.
    Live(&'a Stamp),
    /// The tombstone of a bucket that was dropped or an object that was deleted.
    Tombstone(&'a Stamp),
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
    /// The attribute that marks a tombstone of this kind of item.
    pub mark: &'static str,
}

/// What an update changes. Attributes that it does not name stay as they are.
pub(super) struct Update {
    /// The attributes to set. The update adds the stamp.
    pub set: Item,
    /// A further assignment of the expression language.
    pub assign: Option<&'static str>,
    /// The attributes to remove.
    pub remove: &'static [&'static str],
    /// The version that the item gets.
    pub version: Version,
    /// Whether the item is returned as it was before.
    pub returns_old: bool,
}

/// An update in DynamoDB's expression language.
pub(super) struct Expression {
    pub update: String,
    pub condition: String,
    pub names: HashMap<String, String>,
    pub values: Item,
}

/// How a conditional write of one item fared.
pub(super) enum Outcome {
    /// It took effect. This is the item as it was before, if the write asks for it.
    Made(Option<Item>),
    /// Its condition failed.
    Failed(ConditionFailed),
}

/// A condition that failed.
pub(super) struct ConditionFailed {
    /// How often the write was sent. Every attempt but the last may have taken effect unseen.
    pub attempts: u32,
    /// The item that failed the condition.
    pub found: Option<Item>,
}

/// What a failed condition means for the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An earlier attempt took effect.
    Ours,
    /// Nothing was written, nor will be.
    Conflict,
    /// An earlier attempt may have taken effect and been overwritten since.
    Unknown,
}

impl<'a> Expected<'a> {
    /// The condition in DynamoDB's expression language. `:seen` is the writer of what was read.
    pub fn condition(self, mark: &str) -> String {
        match self {
            Self::Absent => "attribute_not_exists(writer)".to_owned(),
            Self::Live(_) => format!("writer = :seen AND attribute_not_exists({mark})"),
            Self::Tombstone(_) => format!("writer = :seen AND attribute_exists({mark})"),
        }
    }

    /// The value of `:seen`.
    pub fn values(self) -> Option<Item> {
        let seen = self.stamp()?;
        Some(HashMap::from([(":seen".to_owned(), attribute::text(seen.writer.as_str()))]))
    }

    /// The version after the one that was read.
    pub fn next_version(self) -> Version {
        self.stamp().map_or(Version::FIRST, |seen| seen.version.next())
    }

    fn stamp(self) -> Option<&'a Stamp> {
        match self {
            Self::Absent => None,
            Self::Live(seen) | Self::Tombstone(seen) => Some(seen),
        }
    }
}

impl ConditionFailed {
    /// Rule R4, for items whose every write raises the version: `next` is the version that the write would have given.
    pub fn of_change(&self, found: Option<&Stamp>, ours: &Writer, next: Version) -> Meaning {
        match found {
            Some(found) if found.version == next && found.writer != *ours => Meaning::Conflict,
            None if self.attempts == 1 => Meaning::Conflict,
            found => self.of_write(found, ours),
        }
    }

    /// Rule R5, for objects.
    pub fn of_write(&self, found: Option<&Stamp>, ours: &Writer) -> Meaning {
        match found {
            Some(found) if found.writer == *ours => Meaning::Ours,
            Some(_) if self.attempts == 1 => Meaning::Conflict,
            // An item that has vanished was a tombstone, or was removed by hand.
            Some(_) | None => Meaning::Unknown,
        }
    }
}

impl Session<'_> {
    /// Puts a new item.
    pub(super) async fn put_new(&mut self, table: &str, item: impl Fn() -> Item) -> Result<Outcome> {
        let (Store { client, .. }, condition) = (self.store, Expected::Absent.condition(""));
        let put = || {
            client
                .put_item()
                .table_name(table)
                .set_item(Some(item()))
                .condition_expression(&condition)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call("PutItem", put).await?;
        match reply.result {
            Ok(_) => Ok(Outcome::Made(None)),
            Err(PutItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Outcome::Failed(ConditionFailed { attempts: reply.attempts, found: failed.item }))
            }
            Err(_) => Err(unexpected("PutItem")),
        }
    }

    /// Updates an item, if it is as expected.
    pub(super) async fn update(
        &mut self,
        place: &Place<'_>,
        update: Update,
        expected: Expected<'_>,
    ) -> Result<Outcome> {
        let old = update.returns_old.then_some(ReturnValue::AllOld);
        let expression = self.expression(update, expected, place.mark);
        let Store { client, .. } = self.store;
        let send = || {
            client
                .update_item()
                .table_name(place.table)
                .set_key(Some(place.key.clone()))
                .update_expression(&expression.update)
                .condition_expression(&expression.condition)
                .set_expression_attribute_names(Some(expression.names.clone()))
                .set_expression_attribute_values(Some(expression.values.clone()))
                .set_return_values(old.clone())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call(UPDATE, send).await?;
        match reply.result {
            Ok(updated) => Ok(Outcome::Made(updated.attributes)),
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Outcome::Failed(ConditionFailed { attempts: reply.attempts, found: failed.item }))
            }
            Err(_) => Err(unexpected(UPDATE)),
        }
    }

    /// An update in DynamoDB's expression language. Names are placeholders, as some of them are reserved words.
    pub(super) fn expression(&self, update: Update, expected: Expected<'_>, mark: &str) -> Expression {
        let Update { mut set, assign, remove, version, .. } = update;
        set.extend(attribute::stamp(self.writer(), version));
        let assignments = set.keys().map(|name| format!("#{name} = :{name}"));
        let assignments: Vec<String> = assignments.chain(assign.map(str::to_owned)).collect();
        let removed = if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
        let names = set.keys().map(|name| (format!("#{name}"), name.clone())).collect();
        let mut values: Item = set.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
        values.extend(expected.values().unwrap_or_default());
        let update = format!("SET {}{removed}", assignments.join(", "));
        Expression { update, condition: expected.condition(mark), names, values }
    }

    /// Sets attributes of an app, a scope's ACL or a bucket, by rule R4.
    pub(super) async fn change(&mut self, place: Place<'_>, set: Item, expected: Expected<'_>) -> Result<Write> {
        let version = expected.next_version();
        let update = Update { set, assign: None, remove: &[DROPPED], version, returns_old: false };
        let failed = match self.update(&place, update, expected).await? {
            Outcome::Made(_) => return Ok(Write::Made),
            Outcome::Failed(failed) => failed,
        };
        let found = failed.found.as_ref().map(attribute::read_stamp).transpose();
        let found = found.map_err(|error| Failure::unreadable(error, place.table, &place.key))?;
        match failed.of_change(found.as_ref(), self.writer(), version) {
            Meaning::Ours => Ok(Write::Made),
            Meaning::Conflict => Ok(Write::Conflict),
            Meaning::Unknown => Err(unknown(UPDATE)),
        }
    }
}

/// The outcome of a write cannot be known.
pub(super) fn unknown(call: &'static str) -> Failure {
    let cause = Cause::of_message("the item has changed since, and an earlier attempt may have taken effect before");
    Failure::Unavailable(Cause { call, ..cause })
}
