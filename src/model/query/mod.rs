//! Queries: which objects, in which order (contract, section 11). All of it is pure.

pub mod candidate;
mod clause;
mod clause_parser;
pub mod cursor;
mod decimal;
mod field;
mod order;
mod parse;
mod point;
mod reader;
pub mod test;
mod value;

use std::hash::{Hash, Hasher};

use aws_lc_rs::digest::{Context, SHA256};

pub use clause::Clause;
pub use field::Field;
pub use order::{Order, Place, SortKey};
pub use point::Point;
pub use value::{Kind, Value};

/// What is asked of a bucket.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which objects.
    pub clause: Clause,
    /// Their order; `None` if the query asks for none.
    pub order: Option<Order>,
    /// The distances that are shown with each hit.
    pub distances: Vec<Distance>,
    /// The name under which the hits are counted, if they are counted instead of shown.
    pub count: Option<String>,
}

/// A distance that is shown with each hit that has a point there.
#[derive(Clone, Debug, Hash)]
pub struct Distance {
    /// Its name in `_calculated`.
    pub name: String,
    /// The field with the point.
    pub field: Field,
    /// From where it is measured.
    pub center: Point,
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidQuery {
    /// Where the mistake is, such as `clause.clauses[1].upperLimit`.
    pub place: String,
    /// What would be right there, in words.
    pub what: &'static str,
}

impl Query {
    /// The most characters of a request for a query.
    pub const MAXIMUM_CHARACTERS: usize = 65_534;

    /// The query that every object matches.
    pub fn all(order: Option<Order>) -> Self {
        Self { clause: Clause::All, order, distances: Vec::new(), count: None }
    }

    /// Whether every object matches.
    pub fn is_all(&self) -> bool {
        matches!(self.clause, Clause::All)
    }

    /// The SHA-256 of clause and order. Two spellings of a query have the same; another query has another.
    pub fn digest(&self) -> [u8; 32] {
        let mut sha = Sha(Context::new(&SHA256));
        self.clause.hash(&mut sha);
        self.order.hash(&mut sha);
        let mut digest = [0; 32];
        digest.copy_from_slice(sha.0.finish().as_ref());
        digest
    }
}

/// Feeds what is hashed to SHA-256. A version of Pail in which the types of a query differ ends the walks under way.
struct Sha(Context);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not used: the digest is taken instead.
    fn finish(&self) -> u64 {
        0
    }
}
