//! Adding index entries to objects that are there (protocol: life of a rule). The object's writer and version stay as they
//! are, so that no write under way meets a conflict.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::batch_write::Perseverance;
use super::entries::{ENTRIES, of_marks, read_marks};
use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::place::IndexPlace;
use super::place::ObjectPlace;
use super::read::{keys_of, unexpected};
use super::{Session, Store, attribute};
use crate::model::index::Entry;
use crate::model::index::entry::EntryKey;
use crate::model::marks::{Mark, Marks, RuleNumber};
use crate::model::object::Object;

const UPDATE: &str = "UpdateItem";

/// How marking an object fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// The object holds the mark.
    Made,
    /// The object has changed since it was read, and nothing was written.
    Conflict,
    /// The object has changed since it was read, and may have held the mark meanwhile.
    Unknown,
}

impl Session<'_> {
    /// Puts the entries of objects, one for each, before the objects are marked.
    pub async fn put_new_entries(&mut self, at: &[(ObjectPlace<'_>, Entry)]) -> Result<()> {
        for batch in at.chunks(super::batch_write::BATCH) {
            let items = batch.iter().flat_map(|(at, entry)| self.entry_items(*at, std::slice::from_ref(entry)));
            let puts = items.map(super::batch_write::put).collect::<Result<_>>()?;
            self.batch_write(&self.store.tables.index, puts, Perseverance::WhileThereIsTime).await?;
        }
        Ok(())
    }

    /// Adds the mark of a rule to the object that was `seen`, which has none for it.
    pub async fn mark(&mut self, at: ObjectPlace<'_>, seen: &Object, rule: RuleNumber, mark: Mark) -> Result<Marking> {
        let Store { client, tables, .. } = self.store;
        let (key, number) = (keys::object(at.path, at.generation, at.id), rule.to_string());
        // A path into a map that is missing would be an error, not a failed condition.
        let (set, absent, value) = match seen.marks {
            Some(_) => {
                ("SET #entries.#rule = :value", "attribute_not_exists(#entries.#rule)", attribute::bytes(&mark.0))
            }
            None => ("SET #entries = :value", "attribute_not_exists(#entries)", of_marks(&Marks::from([(rule, mark)]))),
        };
        let mut names = HashMap::from([("#entries".to_owned(), ENTRIES.to_owned())]);
        if seen.marks.is_some() {
            names.insert("#rule".to_owned(), number);
        }
        let values = HashMap::from([
            (":value".to_owned(), value),
            (":seen".to_owned(), AttributeValue::S(seen.stamp.writer.as_str().to_owned())),
        ]);
        let update = || {
            client
                .update_item()
                .table_name(&tables.objects)
                .set_key(Some(key.clone()))
                .update_expression(set)
                .condition_expression(format!("writer = :seen AND {absent}"))
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(Some(values.clone()))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let reply = self.call(UPDATE, update).await?;
        let found = match reply.result {
            Ok(_) => return Ok(Marking::Made),
            Err(UpdateItemError::ConditionalCheckFailedException(failed)) => failed.item,
            Err(_) => return Err(unexpected(UPDATE)),
        };
        if found.as_ref().is_some_and(|item| is_damaged(item, rule)) {
            return Err(Failure::unreadable(Unreadable { attribute: ENTRIES }, &tables.objects, &key));
        }
        let marks = found.as_ref().and_then(read_marks);
        Ok(match marks.and_then(|marks| marks.get(&rule).copied()) {
            Some(held) if held == mark => Marking::Made,
            Some(_) | None if reply.attempts == 1 => Marking::Conflict,
            Some(_) | None => Marking::Unknown,
        })
    }

    /// Which of these entries, at most [`BATCH`](super::index_page::BATCH), are there.
    pub async fn stored_entries(&mut self, at: IndexPlace<'_>, entries: &[EntryKey]) -> Result<Vec<EntryKey>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let (table, partition) = (&self.store.tables.index, at.partition());
        let wanted = entries.iter().map(|key| keys::entry(&partition, key.as_bytes()));
        let found = self.batch_get(HashMap::from([(table.clone(), keys_of(wanted)?)])).await?;
        let unreadable = |error| Failure::unreadable(error, table, &keys::key(&partition, ""));
        found.into_values().flatten().map(|item| super::index_page::read_key(&item).map_err(unreadable)).collect()
    }
}

/// Whether an object has something in the place of its marks, or of its mark of a rule, that is none. It can get no other mark
/// until its content is written again.
fn is_damaged(item: &Item, rule: RuleNumber) -> bool {
    match item.get(ENTRIES) {
        None => false,
        Some(AttributeValue::M(marks)) => {
            marks.contains_key(&rule.to_string()) && !read_marks(item).is_some_and(|marks| marks.contains_key(&rule))
        }
        Some(_) => true,
    }
}
