//! `pail index check`: adds what is missing in indexes, and removes what is left over.

use pail::operation::index::check::{Checked, check as check_bucket};
use serde_json::{Value, json};

use super::place::BucketsPlace;
use crate::changes::read_app;
use crate::connection::Installation;
use crate::output::{Failure, Progress};

/// Checks all indexes of the buckets.
pub async fn check(installation: &Installation, place: &BucketsPlace) -> Result<(String, Value), Failure> {
    let explain = |failure: pail::store::Failure| installation.explain(&failure);
    let app = read_app(installation, &place.app).await?;
    let workplace = installation.workplace();
    let buckets = workplace.buckets(&place.app, place.scope, &place.bucket).await.map_err(explain)?;
    let (mut total, mut progress) = (Checked::default(), Progress::default());
    for (at, bucket) in buckets.iter().enumerate() {
        let before = total;
        let checked = check_bucket(&workplace, bucket, &app.indexes, |so_far| {
            progress.show(&format!("bucket {} of {}: {}", at + 1, buckets.len(), words(sum(before, so_far))));
        });
        total = sum(total, checked.await.map_err(explain)?);
    }
    let json = json!({
        "buckets": buckets.len(),
        "objects": total.objects,
        "entries": total.entries,
        "added": total.added,
        "removed": total.removed,
    });
    Ok((words(total), json))
}

fn sum(one: Checked, other: Checked) -> Checked {
    Checked {
        objects: one.objects + other.objects,
        entries: one.entries + other.entries,
        added: one.added + other.added,
        removed: one.removed + other.removed,
    }
}

fn words(checked: Checked) -> String {
    let Checked { objects, entries, added, removed } = checked;
    format!("{objects} objects and {entries} entries checked, {added} entries added, {removed} removed")
}
