//! DynamoDB: the one place that knows how items are kept, read and written (see `docs/architecture.md`).

pub mod acls;
pub mod apps;
pub mod change;
pub mod client;
#[cfg(feature = "engine")]
pub mod data_file;
#[cfg(feature = "engine")]
pub mod embedded;
pub mod items;
pub mod keys;
#[cfg(feature = "engine")]
mod line;
pub mod objects;
pub mod session;
pub mod start_up;
#[cfg(feature = "engine")]
pub mod tables;

use aws_sdk_dynamodb::Client;

pub use session::{Session, Spent, Trouble};

/// The two tables of an installation, behind one client.
#[derive(Clone)]
pub struct Store {
    client: Client,
    tables: Tables,
}

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Apps, by ID.
    pub apps: String,
    /// Scope ACLs, buckets and objects.
    pub objects: String,
}

impl Store {
    /// A store in these tables.
    pub fn new(client: Client, tables: Tables) -> Self {
        Self { client, tables }
    }

    /// The names of the tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}
