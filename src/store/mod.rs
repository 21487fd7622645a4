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
mod known;
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
use known::Known;

use crate::auth::verifier::Verifier;
use crate::model::bucket::{BucketPath, BucketState};
use crate::model::id::AppId;

pub use session::{Session, Spent, Trouble};

/// The two tables of an installation, behind one client.
#[derive(Clone)]
pub struct Store {
    client: Client,
    tables: Tables,
    known_apps: Arc<Known<AppId, Verifier>>,
    known_buckets: Arc<Known<BucketPath, BucketState>>,
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
        let (known_apps, known_buckets) = (Known::kept_for(Duration::ZERO), Known::kept_for(Duration::ZERO));
        Self { client, tables, known_apps: Arc::new(known_apps), known_buckets: Arc::new(known_buckets) }
    }

    /// The same store, which reads an app or a bucket again only when so much time has passed since it was read; 0: each
    /// time. It knows none yet.
    pub fn keeping_for(self, time: Duration) -> Self {
        let (known_apps, known_buckets) = (Known::kept_for(time), Known::kept_for(time));
        Self { known_apps: Arc::new(known_apps), known_buckets: Arc::new(known_buckets), ..self }
    }

    /// The names of the tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}
