//! Changes that operators make, by rule R4 of the protocol: each is conditional on exactly what was read.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::keys::Item;
use super::session::Trouble;
use super::{Session, Store, items};
use crate::error::{Error, Result};
use crate::model::bucket::Writer;
use crate::model::object::Version;

/// How a conditional change fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Made,
    /// Somebody else changed the item first; nothing was written. Read again and decide again.
    Overtaken,
}

/// What a change is made of: an item as it was seen, or its absence.
#[derive(Clone, Copy)]
pub(super) enum Seen<'a> {
    /// There was no item.
    Nothing,
    /// An item in use.
    Item(&'a Writer, Version),
    /// What is left of a bucket that was dropped.
    Dropped(&'a Writer, Version),
}

impl Session<'_> {
    /// Sets attributes of the item under `key`, if it still is what was seen. Attributes that are not named stay.
    pub(super) async fn change(&mut self, table: &str, key: Item, mut set: Item, seen: Seen<'_>) -> Result<Change> {
        let (condition, seen_writer, version) = match seen {
            Seen::Nothing => ("attribute_not_exists(writer)", None, Version(0)),
            Seen::Item(writer, version) => ("writer = :seen AND attribute_not_exists(dropped)", Some(writer), version),
            Seen::Dropped(writer, version) => ("writer = :seen AND attribute_exists(dropped)", Some(writer), version),
        };
        items::stamp(&mut set, self.writer(), version.next());
        // Names are written as placeholders, as some of them are words of the expression language.
        let assignments: Vec<String> = set.keys().map(|name| format!("#{name} = :{name}")).collect();
        let expression = format!("SET {} REMOVE dropped", assignments.join(", "));
        let names: HashMap<String, String> = set.keys().map(|name| (format!("#{name}"), name.clone())).collect();
        let mut values: Item = set.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
        values.extend(seen_writer.map(|writer| (":seen".to_owned(), AttributeValue::S(writer.as_str().to_owned()))));
        let Store { client, .. } = self.store;
        let update = || {
            client
                .update_item()
                .table_name(table)
                .set_key(Some(key.clone()))
                .update_expression(&expression)
                .condition_expression(condition)
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(Some(values.clone()))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call("UpdateItem", update).await.map_err(|error| self.unknown(error))?;
        match reply.result {
            Ok(_) => Ok(Change::Made),
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                self.judge_change(reply.attempts, failed.item.as_ref(), version)
            }
            Err(_) => Err(Error::Internal),
        }
    }

    /// Rule R4: `found` stood in the way of a change that was made of the version `seen`.
    fn judge_change(&mut self, attempts: u32, found: Option<&Item>, seen: Version) -> Result<Change> {
        let found = found.map(items::stamped).transpose().map_err(|error| self.unreadable(&error))?;
        match found {
            Some((writer, _)) if writer == *self.writer() => Ok(Change::Made),
            Some((_, version)) if attempts == 1 || version == seen.next() => Ok(Change::Overtaken),
            None if attempts == 1 => Ok(Change::Overtaken),
            // An earlier attempt may have landed and been overwritten since.
            _ => Err(self.unknown(Error::Unavailable)),
        }
    }

    /// Says of a change that went without a usable answer that it may have been made.
    fn unknown(&mut self, error: Error) -> Error {
        if error == Error::Unavailable {
            let before = self.trouble.take().map_or_else(|| "no answer in time".to_owned(), |trouble| trouble.message);
            let message = format!("{before}; the change may have been made or not: look, and make it again if needed");
            self.trouble = Some(Trouble { code: String::new(), message });
        }
        error
    }
}
