//! `pail index list` and `show`.

use clap::Args;
use pail::model::id::AppId;
use pail::model::index::{Rule, RuleState};
use pail::model::query::Field;
use pail::operation::index::rules::{Index, WAIT_TO_FILL};
use serde_json::{Value, json};

use super::place::name;
use crate::changes::read_app;
use crate::connection::Installation;
use crate::output::Failure;

/// Names an app.
#[derive(Args)]
pub struct List {
    /// The app.
    #[arg(long, value_name = "ID")]
    app: AppId,
}

impl List {
    /// Runs the command.
    pub async fn run(&self, installation: &Installation) -> Result<(String, Value), Failure> {
        let rules = read_app(installation, &self.app).await?.indexes.rules;
        let lines: Vec<String> = rules.iter().map(line).collect();
        let text = if lines.is_empty() { format!("The app {} has no indexes.", self.app) } else { lines.join("\n") };
        Ok((text, json!({"indexes": rules.iter().map(described).collect::<Vec<_>>()})))
    }
}

/// Shows an index.
pub async fn show(installation: &Installation, index: &Index) -> Result<(String, Value), Failure> {
    let rules = read_app(installation, &index.app).await?.indexes;
    let rule = rules.find(index.kind, &index.bucket, &index.fields);
    let rule = rule.ok_or_else(|| {
        Failure(format!("{} does not exist: `pail index list --app {}` shows all", name(index), index.app))
    })?;
    let state = match rule.state {
        RuleState::Ready => "Queries use it.",
        RuleState::Retiring => "It is being dropped: `pail index drop` goes on with that.",
        RuleState::Building => "Queries do not use it yet: `pail index create` fills it and lets them.",
    };
    Ok((format!("{}\n{state}", line(rule)), described(rule)))
}

fn line(rule: &Rule) -> String {
    format!("{}/{}={}  {}", rule.kind.name(), rule.bucket, rule.names(), rule.state)
}

fn described(rule: &Rule) -> Value {
    json!({
        "number": rule.number.0,
        "scope": rule.kind.name(),
        "bucket": rule.bucket.as_str(),
        "fields": rule.fields.iter().map(Field::name).collect::<Vec<_>>(),
        "state": rule.state.name(),
        "declared": rule.declared,
        "fillableFrom": rule.declared.map(|declared| declared + u64::try_from(WAIT_TO_FILL.as_millis()).unwrap_or_default()),
    })
}
