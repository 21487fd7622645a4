//! `pail index create`: declares an index, waits until every write keeps it up, fills it, and lets queries use it.

use pail::model::index::{Rule, RuleState};
use pail::operation::index::fill::{Filled, fill};
use pail::operation::index::rules::{Index, make_ready, wait_to_fill};
use pail::operation::index::targets::Workplace;
use serde_json::{Value, json};

use super::place::name;
use crate::changes::missing;
use crate::connection::Installation;
use crate::output::{Failure, Progress, note};

pub const EXAMPLES: &str = "\
Examples:
  pail index create --app notes --bucket scores --fields score
  pail index create --app notes --scope user --bucket todos --fields done,_created

The index is ready 17 minutes after it was declared, and after one pass over the objects that are there. Until then, queries do \
without it. If the command is stopped, run it again: it goes on.";

/// Makes the index.
pub async fn create(installation: &Installation, index: &Index) -> Result<(String, Value), Failure> {
    let (rule, workplace) = (declare(installation, index).await?, installation.workplace());
    if rule.state != RuleState::Ready {
        wait(installation, index, &rule).await?;
        let mut progress = Progress::default();
        fill_all(installation, &workplace, index, &rule, |text| progress.show(text)).await?;
    }
    let text = match rule.state {
        RuleState::Ready => format!("{} is ready already.", name(index)),
        RuleState::Building | RuleState::Retiring => format!("{} is ready.", name(index)),
    };
    Ok((text, json!({"number": rule.number.0, "state": RuleState::Ready.name()})))
}

/// Makes the index where no request is under way: there is nothing to wait for.
pub async fn fill_at_once(installation: &Installation, index: &Index) -> Result<(), Failure> {
    let rule = declare(installation, index).await?;
    if rule.state == RuleState::Ready {
        return Ok(());
    }
    fill_all(installation, &installation.workplace(), index, &rule, |_| ()).await
}

async fn declare(installation: &Installation, index: &Index) -> Result<Rule, Failure> {
    let declared = index.declare(&mut installation.session()?).await;
    let declared = declared.map_err(|failure| installation.explain(&failure))?;
    declared.ok_or_else(|| missing(&index.app))?.map_err(Failure::new)
}

/// Waits until every request knows the rule.
async fn wait(installation: &Installation, index: &Index, rule: &Rule) -> Result<(), Failure> {
    let left = wait_to_fill(&mut installation.session()?, &index.app, rule).await;
    let left = left.map_err(|failure| installation.explain(&failure))?;
    if !left.is_zero() {
        let minutes = left.as_secs().div_ceil(60);
        note(&format!(
            "the index is declared; it can be filled in {minutes} minutes, when no request is under way any more that does not know it"
        ));
        tokio::time::sleep(left).await;
    }
    Ok(())
}

/// Fills the index in all its buckets, and lets queries use it.
async fn fill_all(
    installation: &Installation,
    workplace: &Workplace,
    index: &Index,
    rule: &Rule,
    mut show: impl FnMut(&str),
) -> Result<(), Failure> {
    let explain = |failure: &pail::store::Failure| installation.explain(failure);
    let buckets =
        workplace.buckets(&index.app, index.kind, &index.bucket).await.map_err(|failure| explain(&failure))?;
    let mut total = Filled::default();
    for (at, bucket) in buckets.iter().enumerate() {
        let of = buckets.len();
        let filled = fill(workplace, bucket, rule, |so_far| {
            let objects = total.objects + so_far.objects;
            show(&format!(
                "bucket {} of {of}: {objects} objects, {} entries added",
                at + 1,
                total.added + so_far.added
            ));
        });
        let filled = filled.await.map_err(|failure| explain(&failure))?.ok_or_else(|| dropped(index))?;
        total = Filled { objects: total.objects + filled.objects, added: total.added + filled.added };
    }
    let is_ready = make_ready(&mut installation.session()?, &index.app, rule.number).await;
    if is_ready.map_err(|failure| explain(&failure))? {
        return Ok(());
    }
    // Another command that was filling it may have been first.
    match index.rule(&mut installation.session()?).await.map_err(|failure| explain(&failure))? {
        Some(found) if found.number == rule.number && found.state == RuleState::Ready => Ok(()),
        Some(_) | None => Err(dropped(index)),
    }
}

fn dropped(index: &Index) -> Failure {
    Failure(format!("{} was dropped meanwhile", name(index)))
}
