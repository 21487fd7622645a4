//! Filling an index: a pass over the objects of a bucket, which adds the entries that are missing (protocol: life of a rule).
//! It can be stopped and begun again, and two at once do no harm.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::pace::Pace;
use super::targets::{Workplace, ended};
use crate::model::id::ObjectId;
use crate::model::index::{Entry, Rule, RuleState, Spot};
use crate::model::marks::Mark;
use crate::model::object::{Object, ObjectState};
use crate::store::Session;
use crate::store::back_fill::Marking;
use crate::store::batch_write::BATCH;
use crate::store::bucket_scan::LiveBucket;
use crate::store::failure::{Cause, Failure, Result};
use crate::store::page::LARGEST_PAGE;
use crate::store::place::ObjectPlace;

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The live objects that were looked at.
    pub objects: usize,
    /// The entries that were added.
    pub added: usize,
}

/// Fills a rule in a bucket, unless the bucket is dropped. `report` is called with what was done so far. Where DynamoDB cannot keep
/// up, it goes on slower, from the page that it was at. `None` if the rule is dropped.
pub async fn fill(
    workplace: &Workplace,
    bucket: &LiveBucket,
    rule: &Rule,
    mut report: impl FnMut(Filled),
) -> Result<Option<Filled>> {
    let (mut filled, mut after, mut pace) = (Filled::default(), None, Pace::new());
    let (bucket, rule) = (Arc::new(bucket.clone()), Arc::new(rule.clone()));
    loop {
        let (before, at_once) = (filled.added, pace.at_once());
        let page = fill_page(workplace, &bucket, &rule, after.as_ref(), at_once, &mut filled).await;
        if page.is_ok() || filled.added > before {
            pace.has_done(page.is_ok());
        }
        match page {
            Ok(Page::Filled(next)) => after = Some(next),
            Ok(Page::Last) => return Ok(Some(filled)),
            Ok(Page::OfNoRule) => return Ok(None),
            Err(failure) => pace.slow_down(workplace, failure).await?,
        }
        report(filled);
    }
}

/// What became of a page of objects.
enum Page {
    /// It is filled up to this ID, and there may be more.
    Filled(ObjectId),
    /// There are no more.
    Last,
    /// The rule is dropped.
    OfNoRule,
}

/// Fills a page of so many batches of objects. If it fails, what was added stays, and counts.
async fn fill_page(
    workplace: &Workplace,
    bucket: &Arc<LiveBucket>,
    rule: &Arc<Rule>,
    after: Option<&ObjectId>,
    at_once: usize,
    filled: &mut Filled,
) -> Result<Page> {
    // Both may have been read hours ago.
    let Some(indexes) = workplace.rules_of(bucket).await? else { return Ok(Page::Last) };
    if indexes.get(rule.number).is_none_or(|rule| rule.state == RuleState::Retiring) {
        return Ok(Page::OfNoRule);
    }
    let most = i32::try_from(at_once * BATCH).unwrap_or(LARGEST_PAGE);
    let page = workplace.session()?.objects(&bucket.path, &bucket.generation, after, most).await?;
    let objects = page.live.len();
    let missing: Vec<(ObjectId, Object)> =
        page.live.into_iter().filter(|(_, object)| !has_mark(object, rule)).collect();
    let mut tasks = JoinSet::new();
    for batch in missing.chunks(BATCH) {
        let (workplace, bucket, rule, batch) = (workplace.clone(), bucket.clone(), rule.clone(), batch.to_vec());
        tasks.spawn(async move {
            let mut added = 0;
            let outcome = add(&workplace, &bucket, &rule, batch, &mut added).await;
            (added, outcome)
        });
    }
    // Each batch goes on to its end, whatever becomes of the others.
    let mut all = Ok(());
    while let Some(done) = tasks.join_next().await {
        let (added, outcome) = done.map_err(ended)?;
        filled.added += added;
        all = all.and(outcome);
    }
    all?;
    filled.objects += objects;
    Ok(page.next.map_or(Page::Last, Page::Filled))
}

/// Adds an entry to each of these objects, and counts those that were `added`.
pub(super) async fn add(
    workplace: &Workplace,
    bucket: &LiveBucket,
    rule: &Rule,
    objects: Vec<(ObjectId, Object)>,
    added: &mut usize,
) -> Result<()> {
    let mut session = workplace.session()?;
    let prepared: Vec<(ObjectId, Object, Mark, Entry)> =
        objects.into_iter().map(|(id, object)| prepare(&session, bucket, rule, id, object)).collect::<Result<_>>()?;
    let entries: Vec<_> = prepared.iter().map(|(id, _, _, entry)| (place(bucket, id), entry.clone())).collect();
    session.put_new_entries(&entries).await?;
    for (id, object, mark, entry) in &prepared {
        let mark = session.mark(place(bucket, id), object, rule.number, *mark).await?;
        *added += match mark {
            Marking::Made => 1,
            Marking::Conflict | Marking::Unknown => {
                add_again(workplace, bucket, rule, id, (mark, entry.clone())).await?
            }
        };
    }
    Ok(())
}

/// Goes on with an object that has changed, until it has a mark or is gone.
async fn add_again(
    workplace: &Workplace,
    bucket: &LiveBucket,
    rule: &Rule,
    id: &ObjectId,
    mut failed: (Marking, Entry),
) -> Result<usize> {
    let mut session = workplace.session()?;
    loop {
        let (mark, entry) = &failed;
        if *mark == Marking::Conflict {
            session.delete_entries(place(bucket, id), std::slice::from_ref(entry)).await;
        }
        let object = match session.object(place(bucket, id)).await? {
            ObjectState::Live(object) if !has_mark(&object, rule) => object,
            ObjectState::Live(_) | ObjectState::Absent | ObjectState::Deleted(_) => return Ok(0),
        };
        let (_, object, mark, entry) = prepare(&session, bucket, rule, id.clone(), object)?;
        session.put_new_entries(&[(place(bucket, id), entry.clone())]).await?;
        let mark = session.mark(place(bucket, id), &object, rule.number, mark).await?;
        if mark == Marking::Made {
            return Ok(1);
        }
        failed = (mark, entry);
        session.next_round().await?;
    }
}

/// An object with its entry under a fresh mark.
fn prepare(
    session: &Session<'_>,
    bucket: &LiveBucket,
    rule: &Rule,
    id: ObjectId,
    object: Object,
) -> Result<(ObjectId, Object, Mark, Entry)> {
    let mark = Mark::new(session.random()?);
    let spot = Spot::of(rule, &bucket.path.scope.app, &id, &object);
    let spot = spot.ok_or_else(|| Failure::Fault(Cause::of_message("the content of an object is no JSON object")))?;
    Ok((id, object, mark, Entry { rule: rule.number, key: spot.with(mark) }))
}

fn place<'a>(bucket: &'a LiveBucket, id: &'a ObjectId) -> ObjectPlace<'a> {
    ObjectPlace { path: &bucket.path, generation: &bucket.generation, id, rules: &[] }
}

/// Whether an object has an entry of a rule.
pub(super) fn has_mark(object: &Object, rule: &Rule) -> bool {
    object.marks.as_ref().is_some_and(|marks| marks.contains_key(&rule.number))
}
