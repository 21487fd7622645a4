//! Checking the indexes of a bucket: adds what is missing, and removes what is left over.

use super::fill::{add, has_mark};
use super::is_left_over;
use super::targets::Workplace;
use crate::model::id::ObjectId;
use crate::model::index::entry::{Decoded, EntryKey};
use crate::model::index::{Entry, Indexes, KeyRange, Rule, RuleState, Spot};
use crate::model::marks::RuleNumber;
use crate::model::object::Object;
use crate::store::bucket_scan::LiveBucket;
use crate::store::failure::Result;
use crate::store::index_page::BATCH;
use crate::store::page::LARGEST_PAGE;
use crate::store::place::IndexPlace;
use crate::store::place::ObjectPlace;

/// What a check came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The live objects that were looked at, each for all rules of its bucket.
    pub objects: usize,
    /// The entries that were looked at.
    pub entries: usize,
    /// The entries that were missing, and were added.
    pub added: usize,
    /// The entries that were left over, and were removed.
    pub removed: usize,
}

/// Checks the entries of all rules of an app in a bucket. `report` is called with what was done so far.
pub async fn check(
    workplace: &Workplace,
    bucket: &LiveBucket,
    indexes: &Indexes,
    mut report: impl FnMut(Checked),
) -> Result<Checked> {
    let mut checked = Checked::default();
    let rules = indexes.rules.iter().filter(|rule| rule.is_for(&bucket.path));
    let kept_up: Vec<&Rule> = rules.filter(|rule| rule.state != RuleState::Retiring).collect();
    add_missing(workplace, bucket, &kept_up, &mut checked, &mut report).await?;
    for number in (1..=indexes.last.0).map(RuleNumber) {
        match indexes.get(number) {
            Some(rule) if !rule.is_for(&bucket.path) => {}
            Some(_) => remove_left_over(workplace, bucket, number, &mut checked, &mut report).await?,
            // What a rule that is gone has left. Objects hold marks of it until their content is written again.
            None => {
                let removed = remove_all(workplace, bucket, number).await?;
                checked.entries += removed;
                checked.removed += removed;
            }
        }
        report(checked);
    }
    Ok(checked)
}

/// Adds the entries of these rules that the objects of a bucket lack.
async fn add_missing(
    workplace: &Workplace,
    bucket: &LiveBucket,
    rules: &[&Rule],
    checked: &mut Checked,
    report: &mut impl FnMut(Checked),
) -> Result<()> {
    let mut after = None;
    if rules.is_empty() {
        return Ok(());
    }
    while workplace.rules_of(bucket).await?.is_some() {
        let page = workplace.session()?.objects(&bucket.path, &bucket.generation, after.as_ref(), LARGEST_PAGE).await?;
        for batch in page.live.chunks(BATCH) {
            checked.objects += batch.len();
            for rule in rules {
                checked.added += mend(workplace, bucket, rule, batch).await?;
            }
        }
        report(*checked);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// Adds the entries that these objects lack. Returns how many.
async fn mend(
    workplace: &Workplace,
    bucket: &LiveBucket,
    rule: &Rule,
    objects: &[(ObjectId, Object)],
) -> Result<usize> {
    let expected: Vec<(&ObjectId, EntryKey)> = objects
        .iter()
        .filter_map(|(id, object)| {
            let mark = object.marks.as_ref()?.get(&rule.number)?;
            Some((id, Spot::of(rule, &bucket.path.scope.app, id, object)?.with(*mark)))
        })
        .collect();
    let keys: Vec<EntryKey> = expected.iter().map(|(_, key)| key.clone()).collect();
    let mut session = workplace.session()?;
    let stored = session.stored_entries(place(bucket, rule.number), &keys).await?;
    let missing: Vec<_> = expected
        .into_iter()
        .filter(|(_, key)| !stored.contains(key))
        .map(|(id, key)| {
            let at = ObjectPlace { path: &bucket.path, generation: &bucket.generation, id, rules: &[] };
            (at, Entry { rule: rule.number, key })
        })
        .collect();
    session.put_new_entries(&missing).await?;
    let mut added = missing.len();
    let unmarked = objects.iter().filter(|(_, object)| !has_mark(object, rule)).cloned();
    for batch in unmarked.collect::<Vec<_>>().chunks(crate::store::batch_write::BATCH) {
        add(workplace, bucket, rule, batch.to_vec(), &mut added).await?;
    }
    Ok(added)
}

/// Removes the entries of a rule in a bucket that no object holds, and that are old enough.
async fn remove_left_over(
    workplace: &Workplace,
    bucket: &LiveBucket,
    rule: RuleNumber,
    checked: &mut Checked,
    report: &mut impl FnMut(Checked),
) -> Result<()> {
    let (began, everything) = (workplace.system.now(), KeyRange::everything());
    let mut start = None;
    let most = i32::try_from(BATCH).unwrap_or(i32::MAX);
    loop {
        let mut session = workplace.session()?;
        let page = session.entries(place(bucket, rule), &everything, start.as_ref(), true, most).await?;
        checked.entries += page.entries.len();
        let decoded = page.entries.into_iter().map(|entry| (entry.key.decode(), entry)).collect::<Vec<_>>();
        let ids = decoded.iter().filter_map(|(entry, _)| Some(&entry.as_ref()?.id));
        let objects = session.objects_of(&bucket.path, &bucket.generation, ids).await?;
        let is_held = |entry: &Decoded| objects.get(&entry.id).is_some_and(|object| object.holds(rule, &entry.mark));
        let left_over = decoded
            .iter()
            .filter(|(entry, found)| !entry.as_ref().is_some_and(is_held) && is_left_over(found.at, began));
        let left_over: Vec<EntryKey> = left_over.map(|(_, found)| found.key.clone()).collect();
        session.delete_left_over(place(bucket, rule), &left_over).await?;
        checked.removed += left_over.len();
        report(*checked);
        start = page.next;
        if start.is_none() {
            return Ok(());
        }
    }
}

/// Removes all entries of a rule that ended long enough ago. Returns how many.
pub async fn remove_all(workplace: &Workplace, bucket: &LiveBucket, rule: RuleNumber) -> Result<usize> {
    let (mut removed, everything) = (0, KeyRange::everything());
    loop {
        let mut session = workplace.session()?;
        let page = session.entries(place(bucket, rule), &everything, None, true, LARGEST_PAGE).await?;
        let keys: Vec<EntryKey> = page.entries.into_iter().map(|entry| entry.key).collect();
        session.delete_left_over(place(bucket, rule), &keys).await?;
        removed += keys.len();
        if page.next.is_none() {
            return Ok(removed);
        }
    }
}

fn place(bucket: &LiveBucket, rule: RuleNumber) -> IndexPlace<'_> {
    IndexPlace { path: &bucket.path, generation: &bucket.generation, rule }
}
