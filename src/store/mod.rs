//! DynamoDB: the one place that knows how items are stored, read and written (`docs/protocol.md`).

pub mod admission;
pub mod app;
mod attribute;
pub mod back_fill;
pub mod batch_write;
pub mod bucket;
pub mod bucket_scan;
mod buckets;
mod cache;
pub mod client;
pub mod connect;
pub mod count;
pub mod create;
pub mod drop;
pub mod entries;
pub mod failure;
pub mod first_object;
pub mod garbage;
pub mod index_page;
mod index_rules;
pub mod keys;
pub mod object;
pub mod page;
pub mod place;
mod read;
pub mod scope_acl;
pub mod session;
pub mod token;
mod transaction;
pub mod write;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use cache::Cache;

use crate::auth::verifier::Verifier;
use crate::model::bucket::{BucketPath, BucketState};
use crate::model::id::AppId;

pub use failure::{Cause, Failure};
pub use session::{CallStats, Session};

/// The most rounds of sending again what a batch left unprocessed, or of sending a transaction that met another one.
const MOST_ROUNDS: u32 = 8;

/// The three tables of an installation, behind one client. Clones share their caches.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) tables: Tables,
    apps: Arc<Cache<AppId, Verifier>>,
    buckets: Arc<Cache<BucketPath, BucketState>>,
}

/// The names of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// The table of apps.
    pub apps: String,
    /// The table of scope ACLs, buckets and objects.
    pub objects: String,
    /// The table of index entries.
    pub index: String,
}

impl Store {
    /// A store in these tables that reads app and bucket with each request.
    pub fn new(client: Client, tables: Tables) -> Self {
        let (apps, buckets) = (Cache::new(Duration::ZERO), Cache::new(Duration::ZERO));
        Self { client, tables, apps: Arc::new(apps), buckets: Arc::new(buckets) }
    }

    /// A store in the same tables, with empty caches, that reads an app or a bucket again only after `keep`.
    pub fn caching_for(self, keep: Duration) -> Self {
        Self { apps: Arc::new(Cache::new(keep)), buckets: Arc::new(Cache::new(keep)), ..self }
    }

    /// The names of the tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }
}
