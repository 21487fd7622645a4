//! `pail sweep`: removes what dropped buckets held.

use std::time::Duration;

use clap::Args;
use pail::operation::sweep::{Limits, Swept, sweep};
use pail::store::garbage::BATCH;
use serde_json::json;
use tokio::time::Instant;

use super::connection::{Installation, Target};
use super::output::{Failure, Output, note};

/// How long each round takes, after which progress is shown. A session has some seconds more.
const ROUND: Duration = Duration::from_secs(10);

/// Remove what dropped buckets held, all at once.
///
/// A dropped bucket is gone for everybody as soon as it is dropped. The function removes what it held: once an hour, a part of
/// it, beginning an hour after the drop. This command removes everything that is an hour old. It can be stopped and run again,
/// and can run while the function does the same.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Sweep {}

const EXAMPLES: &str = "\
Examples:
  pail sweep --stack pail
  pail sweep --endpoint-url http://127.0.0.1:8000 --output json";

impl Sweep {
    /// Runs the command until nothing is left that was dropped an hour ago.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let Self {} = self;
        let installation = target.connect().await?;
        let (mut buckets, mut objects) = (0, 0);
        loop {
            let swept = round(&installation).await?;
            buckets += swept.buckets;
            objects += swept.objects;
            if let Some(failure) = &swept.failure {
                if buckets + objects > 0 {
                    note(&progress(buckets, objects));
                }
                return Err(installation.explain(failure));
            }
            if swept.is_finished {
                return finish(&installation, &swept, buckets, objects, output);
            }
            note(&progress(buckets, objects));
        }
    }
}

/// One round, which is long enough to remove something.
async fn round(installation: &Installation) -> Result<Swept, Failure> {
    let limits = Limits { until: Instant::now() + ROUND, units: f64::INFINITY, batch: BATCH };
    Ok(sweep(&mut installation.session()?, installation.system().now(), limits).await)
}

fn progress(buckets: usize, objects: usize) -> String {
    format!("so far: {} removed, {} finished", count(objects, "object"), count(buckets, "dropped bucket"))
}

fn finish(
    installation: &Installation,
    swept: &Swept,
    buckets: usize,
    objects: usize,
    output: Output,
) -> Result<(), Failure> {
    for failure in &swept.unreadable {
        let Failure(why) = installation.explain(failure);
        note(&format!("what a dropped bucket held stays, as its marker or its app cannot be read: {why}"));
    }
    let waiting = match swept.waiting {
        0 => String::new(),
        1 => "\n1 bucket was dropped less than an hour ago: run it again later".to_owned(),
        waiting => format!("\n{waiting} buckets were dropped less than an hour ago: run it again later"),
    };
    output.print(
        &format!("removed {} of {}{waiting}", count(objects, "object"), count(buckets, "dropped bucket")),
        &json!({
            "buckets": buckets,
            "objects": objects,
            "waitingBuckets": swept.waiting,
            "unreadableMarkers": swept.unreadable.len(),
        }),
    )
}

/// A number of things in words.
fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
