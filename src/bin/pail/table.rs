//! `pail table`: the tables of an installation.

use clap::Subcommand;
use pail::local::tables::TableOutcome;
use serde_json::json;

use super::connection::Target;
use super::output::{Failure, Output};

/// Make the tables of an installation.
#[derive(Subcommand)]
pub enum Table {
    /// Make the apps table and the objects table, unless they are there.
    ///
    /// The template of `sam deploy` makes tables with point-in-time recovery and deletion protection; this command is for
    /// trying Pail with another DynamoDB.
    #[command(after_help = "Example:\n  pail table create --endpoint-url http://127.0.0.1:8000")]
    Create,
}

impl Table {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let Self::Create = self;
        let installation = target.connect().await?;
        let outcomes = installation.store.create_tables().await;
        let outcomes = outcomes.map_err(|cause| Failure(format!("the tables cannot be made: {cause}")))?;
        let tables = installation.store.tables();
        let words = outcomes.map(|outcome| match outcome {
            TableOutcome::Created => "created",
            TableOutcome::Existed => "was there already",
        });
        let [apps, objects, index] = words;
        output.print(
            &format!("{}: {apps}\n{}: {objects}\n{}: {index}", tables.apps, tables.objects, tables.index),
            &json!({
                "appsTable": {"name": tables.apps, "created": outcomes[0] == TableOutcome::Created},
                "objectsTable": {"name": tables.objects, "created": outcomes[1] == TableOutcome::Created},
                "indexTable": {"name": tables.index, "created": outcomes[2] == TableOutcome::Created},
            }),
        )
    }
}
