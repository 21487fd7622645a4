//! The hits of one page, gathered in any order.

use std::collections::BTreeMap;

use super::Hit;
use crate::model::query::Place;

/// The most bytes of the hits of a page, as they stand in a gateway's answer: a JSON text within a JSON string. Lambda takes
/// answers of 6 MB.
pub const LARGEST: usize = 4_000_000;

/// What the members of the server and a comma add to an object at most: three times an ID of 128 characters, numbers and
/// names.
const SERVER_MEMBERS: usize = 700;

/// The first hits in an order: as many as a page takes, of which no more is kept in memory.
pub struct Hits {
    most: usize,
    kept: BTreeMap<Place, (Hit, usize)>,
    size: usize,
    /// The first place that is not on the page, if there is one.
    end: Option<Place>,
}

impl Hits {
    /// A page of at most `most` hits.
    pub fn new(most: usize) -> Self {
        Self { most, kept: BTreeMap::new(), size: 0, end: None }
    }

    /// Whether a hit at a place would be on the page, by all that is known yet. One that would not shows that there is more.
    pub fn takes(&mut self, place: &Place) -> bool {
        if self.kept.len() == self.most && self.kept.last_key_value().is_some_and(|(last, _)| place > last) {
            self.end_at(place.clone());
        }
        self.end.as_ref().is_none_or(|end| place < end)
    }

    /// Adds a hit that the page takes.
    pub fn add(&mut self, place: Place, hit: Hit) {
        let size = size(&hit);
        self.size += size;
        self.kept.insert(place, (hit, size));
        while self.kept.len() > self.most || (self.size > LARGEST && self.kept.len() > 1) {
            if let Some((place, (_, size))) = self.kept.pop_last() {
                self.size -= size;
                self.end_at(place);
            }
        }
    }

    /// Whether there is more than the page has.
    pub fn is_full(&self) -> bool {
        self.end.is_some()
    }

    /// The hits in order, and the place of the last one if there is more.
    pub fn into_page(self) -> (Vec<Hit>, Option<Place>) {
        let last = self.end.and_then(|_| self.kept.last_key_value().map(|(place, _)| place.clone()));
        (self.kept.into_values().map(|(hit, _)| hit).collect(), last)
    }

    fn end_at(&mut self, place: Place) {
        if self.end.as_ref().is_none_or(|end| place < *end) {
            self.end = Some(place);
        }
    }
}

/// The bytes of a hit in a gateway's answer: quotes and backslashes are escaped there once more.
pub fn size(hit: &Hit) -> usize {
    let content = hit.read.object.content.as_str();
    let escapes = content.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    // A per cent sign is escaped as six characters.
    let signs = content.bytes().filter(|byte| *byte == b'%').count();
    let distances: usize = hit.calculated.iter().map(|(name, _)| name.len() + 40).sum();
    content.len() + escapes + 6 * signs + distances + SERVER_MEMBERS
}
