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
mod known_apps;
#[cfg(feature = "engine")]
mod line;
pub mod objects;
pub mod roots;
pub mod session;
pub mod start_up;
#[cfg(feature = "engine")]
pub mod tables;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use known_apps::KnownApps;

pub use session::{Session, Spent, Trouble};

/// The two tables of an installation, behind one client.
#[derive(Clone)]
pub struct Store {
    client: Client,
    tables: Tables,
    known_apps: Arc<KnownApps>,
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
        Self { client, tables, known_apps: Arc::default() }
    }

    /// The same store, which reads an app again only when so much time has passed since it was read; 0: each time.
    /// It knows no app yet.
    pub fn keeping_apps_for(self, time: Duration) -> Self {
        Self { known_apps: Arc::new(KnownApps::kept_for(time)), ..self }
    }

    /// The names of the tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}
