//! `pail index check`: adds what is missing in indexes, and removes what is left over.

use pail::model::index::{Rule, RuleState};
use pail::model::marks::RuleNumber;
use pail::operation::index::check::{Checked, check as check_bucket, remove_left_over};
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
        let rules: Vec<Rule> = app.indexes.of(&bucket.0).rules;
        for number in (1..=app.indexes.last.0).map(RuleNumber) {
            let before = total;
            let mut show = |so_far: Checked| {
                progress.show(&format!("bucket {} of {}: {}", at + 1, buckets.len(), words(sum(before, so_far))));
            };
            let checked = match rules.iter().find(|rule| rule.number == number) {
                Some(rule) if rule.state != RuleState::Retiring => {
                    check_bucket(&workplace, bucket, rule, &mut show).await.map_err(explain)?
                }
                // What a rule that is gone has left.
                Some(_) | None => remove_left_over(&workplace, bucket, number, &mut show).await.map_err(explain)?,
            };
            total = sum(total, checked);
        }
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
