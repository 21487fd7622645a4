//! What dropped buckets leave behind: markers, and the index entries and objects of dead generations (protocol, rule R7).

use super::batch_write::{Perseverance, delete};
use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::page::LARGEST_PAGE;
use super::{Session, attribute};
use crate::model::bucket::BucketPath;
use crate::model::id::BucketId;
use crate::model::marks::RuleNumber;
use crate::model::scope::Scope;
use crate::model::stamp::Generation;

pub use super::batch_write::BATCH;

/// Marks a generation of a bucket that was dropped. A drop writes it, and a sweep removes it after the last object of the
/// generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The bucket.
    pub path: BucketPath,
    /// The generation that was dropped.
    pub generation: Generation,
    /// The largest number that an index rule of the app had when the drop read it.
    pub rules: RuleNumber,
    /// When, in milliseconds since 1970 UTC.
    pub dropped: u64,
}

/// Some of the markers.
pub struct Markers {
    /// Those that can be read, in no particular order.
    pub readable: Vec<Marker>,
    /// Why each of the others cannot be read.
    pub unreadable: Vec<Failure>,
    /// Where the next page starts, if there is one.
    pub next: Option<Item>,
    /// The read units that the page took.
    pub units: f64,
}

/// A part of what a dropped bucket held.
pub enum Part {
    /// The entries of one index, in this partition of the index table.
    Entries(String),
    /// The objects and tombstones, in this partition of the objects table.
    Objects(String),
}

/// Keys of a part.
pub struct Remains {
    /// The keys. There are none only if nothing is left of it.
    pub keys: Vec<Item>,
    /// The read units that finding them took.
    pub units: f64,
}

impl Session<'_> {
    /// A page of the markers, consistently read.
    pub async fn markers(&mut self, start: Option<Item>) -> Result<Markers> {
        let page = self.page(&self.store.tables.objects, keys::MARKERS, start, None, LARGEST_PAGE).await?;
        let table = &self.store.tables.objects;
        let mut markers = Markers { readable: Vec::new(), unreadable: Vec::new(), next: page.next, units: page.units };
        for item in page.items {
            match read_marker(&item) {
                Ok(marker) => markers.readable.push(marker),
                Err(error) => markers.unreadable.push(Failure::unreadable(error, table, &item)),
            }
        }
        Ok(markers)
    }

    /// Keys of what is left of a part, consistently read.
    pub async fn remains(&mut self, part: &Part) -> Result<Remains> {
        let (Part::Entries(partition) | Part::Objects(partition)) = part;
        let table = part.table(self);
        let (mut start, mut units) = (None, 0.0);
        loop {
            let page = self.page(table, partition, start, Some(keys::SORT), LARGEST_PAGE).await?;
            units += page.units;
            // A page may be empty although more follows. Only the end of the partition shows that nothing is left.
            if !page.items.is_empty() || page.next.is_none() {
                // The partition is not taken from the answer, so that whatever it says, nothing else can be deleted.
                let key = |mut item: Item| {
                    let sort = item.remove(keys::SORT).ok_or(Unreadable { attribute: keys::SORT })?;
                    Ok(Item::from([
                        (keys::PARTITION.to_owned(), attribute::text(partition)),
                        (keys::SORT.to_owned(), sort),
                    ]))
                };
                let keys: std::result::Result<_, Unreadable> = page.items.into_iter().map(key).collect();
                let unreadable = |error| Failure::unreadable(error, table, &keys::key(partition, ""));
                return Ok(Remains { keys: keys.map_err(unreadable)?, units });
            }
            start = page.next;
        }
    }

    /// Deletes a marker. Returns the write units that this took.
    pub async fn delete_marker(&mut self, marker: &Marker) -> Result<f64> {
        let part = Part::Objects(keys::MARKERS.to_owned());
        self.delete_all(&part, &[keys::marker(&marker.generation)]).await
    }

    /// Deletes items, at most [`BATCH`], whatever they hold and whether or not they are there. Returns the write units that this
    /// took.
    pub async fn delete_all(&mut self, part: &Part, keys: &[Item]) -> Result<f64> {
        let deletes = keys.iter().cloned().map(delete).collect::<Result<_>>()?;
        self.batch_write(part.table(self), deletes, Perseverance::SomeRounds).await
    }
}

impl Marker {
    /// What the bucket held: the index entries, and then the objects.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        let entries = |rule| Part::Entries(keys::entries(&self.path, &self.generation, RuleNumber(rule)));
        let objects = Part::Objects(keys::objects(&self.path, &self.generation));
        (1..=self.rules.0).map(entries).chain([objects])
    }
}

impl Part {
    fn table<'a>(&self, session: &Session<'a>) -> &'a str {
        match self {
            Self::Entries(_) => &session.store.tables.index,
            Self::Objects(_) => &session.store.tables.objects,
        }
    }
}

/// The item of a marker. It does not expire.
pub fn of_marker(marker: &Marker) -> Item {
    let Marker { path, generation, rules, dropped } = marker;
    let mut item = keys::marker(generation);
    item.extend([
        ("scope".to_owned(), attribute::text(&path.scope.to_string())),
        ("bucket".to_owned(), attribute::text(path.bucket.as_str())),
        ("rules".to_owned(), attribute::number(u64::from(rules.0))),
        (keys::DROPPED.to_owned(), attribute::number(*dropped)),
    ]);
    item
}

/// Reads a marker from its item.
fn read_marker(item: &Item) -> std::result::Result<Marker, Unreadable> {
    let generation = Generation::parse(attribute::read_text(item, keys::SORT)?);
    let scope = attribute::read_text(item, "scope")?.parse::<Scope>();
    let bucket = attribute::read_text(item, "bucket")?.parse::<BucketId>();
    let rules = u32::try_from(attribute::read_number(item, "rules")?);
    Ok(Marker {
        path: BucketPath {
            scope: scope.map_err(|_| Unreadable { attribute: "scope" })?,
            bucket: bucket.map_err(|_| Unreadable { attribute: "bucket" })?,
        },
        generation: generation.ok_or(Unreadable { attribute: keys::SORT })?,
        rules: RuleNumber(rules.map_err(|_| Unreadable { attribute: "rules" })?),
        dropped: attribute::read_number(item, keys::DROPPED)?,
    })
}
