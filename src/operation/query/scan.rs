//! Answering a query by reading the bucket, within the budget of the installation.

use super::Hit;
use super::hits::Hits;
use super::judge::Judge;
use crate::model::bucket::Bucket;
use crate::model::id::ObjectId;
use crate::model::query::cursor::Position;
use crate::model::query::{Place, Value};
use crate::operation::context::Context;
use crate::operation::error::{Error, Result, Unanswered};
use crate::store::page::{LARGEST_PAGE, Objects};

/// The most objects of a bucket whose hits are in the order of their creation, if the query asks for no order.
const MOST_IN_ORDER_OF_CREATION: usize = 1000;

/// A scan of a bucket.
pub struct Scan<'a, 'c> {
    judge: &'a Judge<'a>,
    bucket: &'a Bucket,
    context: &'a mut Context<'c>,
    /// Whether a page was read.
    has_read: bool,
    /// The live objects that were read.
    objects: usize,
}

/// Where the hits of a page begin.
enum Start {
    Begin,
    After(Place),
    At(Place),
}

/// The next page of a scan.
enum Next {
    /// Its objects.
    Objects(Objects),
    /// The budget is spent, or the time.
    Stop(Error),
}

impl<'a, 'c> Scan<'a, 'c> {
    /// A scan of a bucket.
    pub fn new(judge: &'a Judge<'a>, bucket: &'a Bucket, context: &'a mut Context<'c>) -> Self {
        Self { judge, bucket, context, has_read: false, objects: 0 }
    }

    /// The number of hits.
    pub async fn count(&mut self) -> Result<u64> {
        let (mut count, mut after) = (0, None);
        loop {
            let Objects { live, next } = self.next(after.as_ref(), LARGEST_PAGE).await?.or_fail()?;
            for (id, object) in &live {
                count += u64::from(self.judge.judge(id, object)?.is_some());
            }
            self.check_budget()?;
            if next.is_none() {
                return Ok(count);
            }
            after = next;
        }
    }

    /// A page of at most `limit` hits after a position, and the position of its last one if there is more.
    pub async fn page(&mut self, after: Option<Position>, limit: usize) -> Result<(Vec<Hit>, Option<Position>)> {
        match after {
            Some(Position::Id(id)) => self.by_id(Some(id), Hits::new(limit), limit).await,
            Some(Position::Sorted(value, created, id)) => {
                self.sorted(Start::After(self.judge.place(value, created, id)), limit).await
            }
            Some(Position::From(value, created, id)) => {
                self.sorted(Start::At(self.judge.place(value, created, id)), limit).await
            }
            // A walk by an index that is gone, or serves the query no longer.
            Some(Position::Entry { .. }) => Err(Unanswered::WalkEnded.into()),
            None if self.judge.query.order.is_some() => self.sorted(Start::Begin, limit).await,
            None => self.by_creation_or_id(limit).await,
        }
    }

    /// A page in the order that the query asks for, or else in that of creation: the whole bucket is read.
    async fn sorted(&mut self, start: Start, limit: usize) -> Result<(Vec<Hit>, Option<Position>)> {
        let (mut hits, mut after) = (Hits::new(limit), None);
        loop {
            let Objects { live, next } = self.next(after.as_ref(), LARGEST_PAGE).await?.or_fail()?;
            for (id, object) in live {
                let Some(candidate) = self.judge.judge(&id, &object)? else { continue };
                let place = self.judge.place_of(&candidate);
                if start.is_before(&place) && hits.takes(&place) {
                    let distances = self.judge.distances(&candidate);
                    hits.add(place, self.judge.hit(id, object, distances));
                }
            }
            self.check_budget()?;
            if next.is_none() {
                return Ok(in_order(hits));
            }
            after = next;
        }
    }

    /// The first page of a query that asks for no order: in that of creation if the bucket is small, else in that of IDs.
    async fn by_creation_or_id(&mut self, limit: usize) -> Result<(Vec<Hit>, Option<Position>)> {
        let (mut by_creation, mut by_id) = (Hits::new(limit), Hits::new(limit));
        let mut after = None;
        loop {
            let Objects { live, next } = match self.next(after.as_ref(), LARGEST_PAGE).await? {
                Next::Objects(objects) => objects,
                Next::Stop(error) => return stopped(by_id, after, error),
            };
            for (id, object) in live {
                let Some(candidate) = self.judge.judge(&id, &object)? else { continue };
                let (place, distances) = (self.judge.place_of(&candidate), self.judge.distances(&candidate));
                let (takes, id_place) = (by_creation.takes(&place), place_of_id(&id));
                let hit = self.judge.hit(id, object, distances);
                if by_id.takes(&id_place) {
                    by_id.add(id_place, hit.clone());
                }
                if takes {
                    by_creation.add(place, hit);
                }
            }
            if self.objects > MOST_IN_ORDER_OF_CREATION || self.check_budget().is_err() {
                if by_id.is_full() || next.is_none() {
                    return Ok(in_order_of_ids(by_id));
                }
                return self.by_id(next, by_id, limit).await;
            }
            if next.is_none() {
                return Ok(in_order(by_creation));
            }
            after = next;
        }
    }

    /// Hits after an ID in the order of IDs, added to those before it. It ends early where the budget or the time is spent.
    async fn by_id(
        &mut self,
        mut after: Option<ObjectId>,
        mut hits: Hits,
        limit: usize,
    ) -> Result<(Vec<Hit>, Option<Position>)> {
        // Each object is a hit, and one more shows that there is another page.
        let is_all = self.judge.query.is_all() && self.judge.reads_all;
        let most = if is_all { i32::try_from(limit + 1).unwrap_or(LARGEST_PAGE) } else { LARGEST_PAGE };
        loop {
            let Objects { live, next } = match self.next(after.as_ref(), most).await? {
                Next::Objects(objects) => objects,
                Next::Stop(error) => return stopped(hits, after, error),
            };
            for (id, object) in live {
                let Some(candidate) = self.judge.judge(&id, &object)? else { continue };
                let place = place_of_id(&id);
                if hits.takes(&place) {
                    let distances = self.judge.distances(&candidate);
                    hits.add(place, self.judge.hit(id, object, distances));
                }
            }
            if hits.is_full() || next.is_none() {
                return Ok(in_order_of_ids(hits));
            }
            after = next;
        }
    }

    /// Reads the next page of the bucket. It fails if there is no time for the first one.
    async fn next(&mut self, after: Option<&ObjectId>, most: i32) -> Result<Next> {
        if let Err(error) = self.check_budget() {
            return Ok(Next::Stop(error));
        }
        let store = &mut self.context.store;
        if !store.has_time_for_a_page() {
            let timeout = Error::from(Unanswered::Timeout);
            return if self.has_read { Ok(Next::Stop(timeout)) } else { Err(timeout) };
        }
        let page = store.objects(&self.judge.admitted.path, &self.bucket.generation, after, most).await?;
        self.has_read = true;
        self.objects += page.live.len();
        Ok(Next::Objects(page))
    }

    fn check_budget(&self) -> Result<()> {
        self.judge.check_budget(self.context)
    }
}

impl Start {
    fn is_before(&self, place: &Place) -> bool {
        match self {
            Self::Begin => true,
            Self::After(start) => place > start,
            Self::At(start) => place >= start,
        }
    }
}

impl Next {
    fn or_fail(self) -> Result<Objects> {
        match self {
            Self::Objects(objects) => Ok(objects),
            Self::Stop(error) => Err(error),
        }
    }
}

/// The place of an object in the order of IDs.
fn place_of_id(id: &ObjectId) -> Place {
    Place { value: Value::Nothing, created: 0, id: id.clone(), descending: false }
}

fn in_order(hits: Hits) -> (Vec<Hit>, Option<Position>) {
    let (hits, last) = hits.into_page();
    (hits, last.map(|place| Position::Sorted(place.value, place.created, place.id)))
}

fn in_order_of_ids(hits: Hits) -> (Vec<Hit>, Option<Position>) {
    let (hits, last) = hits.into_page();
    (hits, last.map(|place| Position::Id(place.id)))
}

/// What was found before the budget or the time was spent. The next page begins after the last object that was looked at.
fn stopped(hits: Hits, after: Option<ObjectId>, error: Error) -> Result<(Vec<Hit>, Option<Position>)> {
    let after = after.ok_or(error)?;
    let (hits, last) = hits.into_page();
    let next = last.map_or(after, |place| place.id);
    Ok((hits, Some(Position::Id(next))))
}
