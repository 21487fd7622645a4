//! `pail index`: indexes of buckets, which queries on large ones need.

mod check;
mod create;
mod drop;
mod place;
mod shown;

use clap::Subcommand;

use super::connection::Target;
use super::output::{Failure, Output};
use place::{BucketsPlace, IndexPlace};

pub use create::fill_at_once;
pub use place::Declared;

/// Declare, show, check and drop indexes.
#[derive(Subcommand)]
pub enum Index {
    /// Declare an index, and fill it from the objects that are there. It can be stopped and run again.
    #[command(after_help = create::EXAMPLES)]
    Create(IndexPlace),
    /// List the indexes of an app.
    #[command(after_help = "Example:\n  pail index list --app notes")]
    List(shown::List),
    /// Show an index.
    #[command(
        after_help = "Example:\n  pail index show --app notes --scope user --bucket todos --fields done,_created"
    )]
    Show(IndexPlace),
    /// Drop an index, and remove its entries. It can be stopped and run again.
    #[command(
        after_help = "Example:\n  pail index drop --app notes --scope user --bucket todos --fields done,_created"
    )]
    Drop(IndexPlace),
    /// Check the indexes of the buckets of an ID: add entries that are missing, and remove those that are left over.
    #[command(after_help = "Example:\n  pail index check --app notes --scope user --bucket todos")]
    Check(BucketsPlace),
}

impl Index {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let installation = target.connect().await?;
        let (text, json) = match self {
            Self::Create(place) => create::create(&installation, &place.index()).await?,
            Self::List(list) => list.run(&installation).await?,
            Self::Show(place) => shown::show(&installation, &place.index()).await?,
            Self::Drop(place) => drop::drop(&installation, &place.index()).await?,
            Self::Check(place) => check::check(&installation, &place).await?,
        };
        output.print(&text, &json)
    }
}
