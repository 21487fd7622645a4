//! `pail index drop`: ends an index, and removes its entries.

use pail::operation::index::check::remove_all;
use pail::operation::index::rules::{Index, WAIT_TO_EMPTY, WAIT_TO_REMOVE, remove, retire};
use serde_json::{Value, json};

use super::place::name;
use crate::connection::Installation;
use crate::output::{Failure, note};

/// Drops the index.
pub async fn drop(installation: &Installation, index: &Index) -> Result<(String, Value), Failure> {
    let explain = |failure: &pail::store::Failure| installation.explain(failure);
    let rule = index.rule(&mut installation.session()?).await.map_err(|failure| explain(&failure))?;
    let rule = rule.ok_or_else(|| {
        Failure(format!("{} does not exist: `pail index list --app {}` shows all", name(index), index.app))
    })?;
    let retired = retire(&mut installation.session()?, &index.app, rule.number).await;
    retired.map_err(|failure| explain(&failure))?;
    note("no query begins to use the index any more; those under way have 25 seconds");
    tokio::time::sleep(WAIT_TO_REMOVE).await;
    let removed = remove(&mut installation.session()?, &index.app, rule.number).await;
    removed.map_err(|failure| explain(&failure))?;
    note(
        "the index is dropped; its entries can be removed in 16 minutes. If this command is stopped, `pail index check` \
         removes them later",
    );
    tokio::time::sleep(WAIT_TO_EMPTY).await;
    let workplace = installation.workplace();
    let buckets =
        workplace.buckets(&index.app, index.kind, &index.bucket).await.map_err(|failure| explain(&failure))?;
    let mut entries = 0;
    for bucket in &buckets {
        entries += remove_all(&workplace, bucket, rule.number).await.map_err(|failure| explain(&failure))?;
    }
    Ok((
        format!("{} is dropped, and {entries} entries are removed.", name(index)),
        json!({"dropped": true, "entriesRemoved": entries}),
    ))
}
