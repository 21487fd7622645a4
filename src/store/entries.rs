//! Index entries, which are written before the object that they are of, and deleted after the one that they were of (protocol:
//! index entries).

use aws_sdk_dynamodb::types::AttributeValue;

use super::batch_write::{Perseverance, delete, put};
use super::failure::{Cause, Failure, Result};
use super::keys::{self, Item};
use super::place::ObjectPlace;
use super::{Session, attribute};
use crate::model::index::Entry;
use crate::model::index::entry::{Prepared, stale};
use crate::model::marks::{Mark, Marks, RuleNumber};
use crate::model::object::Object;

impl Session<'_> {
    /// Writes the entries that have to be there before an object is written. `before` is the object as it was read.
    pub(super) async fn prepare(
        &mut self,
        at: ObjectPlace<'_>,
        after: impl FnOnce() -> Object,
        before: Option<&Object>,
    ) -> Result<Prepared> {
        let prepared = self.prepared(at, after, before)?;
        self.put_entries(at, &prepared.new).await?;
        Ok(prepared)
    }

    /// The entries of an object that is about to be written, with a fresh mark. They are not written yet.
    pub(super) fn prepared(
        &mut self,
        at: ObjectPlace<'_>,
        after: impl FnOnce() -> Object,
        before: Option<&Object>,
    ) -> Result<Prepared> {
        if at.rules.is_empty() {
            return Ok(Prepared::default());
        }
        let mark = Mark::new(self.random()?);
        let prepared = Prepared::new(at.rules, &at.path.scope.app, at.id, &after(), before, mark);
        prepared.ok_or_else(|| Failure::Fault(Cause::of_message("an object that is written is no JSON object")))
    }

    /// Writes entries of an object. The write of the object has to follow within a minute.
    pub(super) async fn put_entries(&mut self, at: ObjectPlace<'_>, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let puts = self.entry_items(at, entries).into_iter().map(put).collect::<Result<_>>()?;
        self.batch_write(&self.store.tables.index, puts, Perseverance::WhileThereIsTime).await.map(drop)
    }

    /// The items of entries that are written now.
    pub(super) fn entry_items(&mut self, at: ObjectPlace<'_>, entries: &[Entry]) -> Vec<Item> {
        let now = self.begin_entries();
        let item = |entry: &Entry| {
            let mut item = key(at, entry);
            item.insert(AT.to_owned(), attribute::number(now));
            item
        };
        entries.iter().map(item).collect()
    }

    /// Deletes entries that no longer count. What fails stays until a query or `pail index check` meets it.
    pub async fn delete_entries(&mut self, at: ObjectPlace<'_>, entries: &[Entry]) {
        let keys: Vec<Item> = entries.iter().map(|entry| key(at, entry)).collect();
        if let Err(failure) = self.delete_entry_items(keys).await {
            failure.log_entries_left();
        }
    }

    /// Deletes the entries that an object held by these marks and does not hold by its new ones.
    pub(super) async fn delete_stale(&mut self, at: ObjectPlace<'_>, before: &Object, held: &Marks, new: &Marks) {
        let stale = stale(at.rules, &at.path.scope.app, at.id, before, held, new);
        self.delete_entries(at, &stale).await;
    }

    /// Deletes items of the index table, whether or not they are there. Returns the write units that this took.
    pub(super) async fn delete_entry_items(&mut self, keys: Vec<Item>) -> Result<f64> {
        let mut units = 0.0;
        for batch in keys.chunks(super::batch_write::BATCH) {
            let deletes = batch.iter().cloned().map(delete).collect::<Result<_>>()?;
            units += self.batch_write(&self.store.tables.index, deletes, Perseverance::SomeRounds).await?;
        }
        Ok(units)
    }
}

/// When an entry was written, in milliseconds since 1970 UTC.
pub(super) const AT: &str = "at";

/// The attribute of an object with the marks of its entries.
pub(super) const ENTRIES: &str = "entries";

fn key(at: ObjectPlace<'_>, entry: &Entry) -> Item {
    keys::entry(&keys::entries(at.path, at.generation, entry.rule), entry.key.as_bytes())
}

/// The marks as an attribute: a map from the numbers of rules to tokens.
pub(super) fn of_marks(marks: &Marks) -> AttributeValue {
    AttributeValue::M(marks.iter().map(|(rule, mark)| (rule.to_string(), attribute::bytes(&mark.0))).collect())
}

/// Reads the marks; `None` where the item has no map of them. What is no mark counts for nothing, and goes with the next write
/// of the content.
pub(super) fn read_marks(item: &Item) -> Option<Marks> {
    let mark = |(rule, mark): (&String, &AttributeValue)| {
        let bytes = mark.as_b().ok()?.as_ref().try_into().ok()?;
        Some((RuleNumber(rule.parse().ok()?), Mark(bytes)))
    };
    Some(item.get(ENTRIES)?.as_m().ok()?.iter().filter_map(mark).collect())
}
