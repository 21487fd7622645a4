//! `pail bucket`: the buckets of a scope.

use clap::Subcommand;
use pail::model::id::BucketId;
use pail::operation::bucket::drop::DropBucket;
use pail::operation::bucket::list::ListBuckets;
use serde_json::json;

use super::connection::{Installation, Target};
use super::output::{Failure, Output};
use super::place::{BucketPlace, ScopePlace};
use super::refused::refused;

/// List and drop buckets.
#[derive(Subcommand)]
pub enum Bucket {
    /// List the buckets of a scope.
    #[command(after_help = "Examples:\n  pail bucket list --app notes\n  pail bucket list --app notes --user alice")]
    List(ScopePlace),
    /// Drop a bucket with all it holds. This is final.
    #[command(after_help = "Example:\n  pail bucket drop --app notes --user alice --bucket drafts")]
    Drop(BucketPlace),
}

impl Bucket {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let installation = target.connect().await?;
        match self {
            Self::List(place) => list(&place, &installation, output).await,
            Self::Drop(place) => {
                let (name, drop) = (place.name(), DropBucket { address: place.address() });
                let dropped = drop.run(&mut installation.context()?).await;
                dropped.map_err(|error| refused(&installation, &name, error))?;
                output.print(&format!("{name} is dropped, with all it held."), &json!({"dropped": true}))
            }
        }
    }
}

async fn list(place: &ScopePlace, installation: &Installation, output: Output) -> Result<(), Failure> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let list = ListBuckets { scope: place.address(), after };
        let page = list.run(&mut installation.context()?).await;
        let page = page.map_err(|error| refused(installation, &place.name(), error))?;
        ids.extend(page.ids);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let ids: Vec<&str> = ids.iter().map(BucketId::as_str).collect();
    let text = if ids.is_empty() { format!("{} has no buckets.", place.name()) } else { ids.join("\n") };
    output.print(&text, &json!({"bucketIDs": ids}))
}
