//! The life of a rule in the item of its app.

use std::time::Duration;

use crate::model::app::App;
use crate::model::id::{AppId, BucketId};
use crate::model::index::rule::Undeclared;
use crate::model::index::{Rule, RuleState};
use crate::model::marks::RuleNumber;
use crate::model::query::Field;
use crate::model::scope::ScopeKind;
use crate::operation::app::change_app;
use crate::store::Session;
use crate::store::failure::Result;

/// How long after it was known to be stored a rule may be filled: 16 minutes for requests that do not know it yet (10 s that apps
/// may be cached, 15 s that a request runs, 15 minutes that an attempt of it may be late), and one by which clocks may differ.
pub const WAIT_TO_FILL: Duration = Duration::from_secs(17 * 60);

/// How long a retiring rule is kept up: longer than requests run that use it, and apps are cached.
pub const WAIT_TO_REMOVE: Duration = Duration::from_secs(25);

/// How long after the end of a rule its entries may go: longer than late attempts to write them take.
pub const WAIT_TO_EMPTY: Duration = Duration::from_secs(16 * 60);

/// An index, as operators name it.
#[derive(Clone, Debug)]
pub struct Index {
    /// The app.
    pub app: AppId,
    /// The kind of the scopes.
    pub kind: ScopeKind,
    /// The ID of the buckets.
    pub bucket: BucketId,
    /// The fields.
    pub fields: Vec<Field>,
}

impl Index {
    /// Declares the index, unless it is there. `None` if there is no app.
    pub async fn declare(&self, store: &mut Session<'_>) -> Result<Option<std::result::Result<Rule, Undeclared>>> {
        change_app(store, &self.app, |app| {
            let before = app.indexes.last;
            let declared = app.indexes.declare(self.kind, &self.bucket, &self.fields);
            let rule = declared.map(|number| app.indexes.get(number).cloned());
            (app.indexes.last != before, rule)
        })
        .await
        .map(|changed| changed.map(|rule| rule.and_then(|rule| rule.ok_or(Undeclared::Fields))))
    }

    /// The rule of the index as it is stored; `None` if there is none.
    pub async fn rule(&self, store: &mut Session<'_>) -> Result<Option<Rule>> {
        let app = store.app(&self.app).await?;
        Ok(app.and_then(|app| app.indexes.find(self.kind, &self.bucket, &self.fields).cloned()))
    }
}

/// Notes in a rule that was read that it is stored, unless that is noted. Whoever declared it may not know: a declaration that
/// was not answered may take effect many minutes later. Returns how long it is until the rule may be filled.
pub async fn wait_to_fill(store: &mut Session<'_>, app: &AppId, rule: &Rule) -> Result<Duration> {
    let now = store.time();
    let Some(declared) = rule.declared else {
        let confirm = |app: &mut App| (app.indexes.confirm(rule.number, now.milliseconds()), ());
        change_app(store, app, confirm).await?;
        return Ok(WAIT_TO_FILL);
    };
    let passed = now.0.saturating_sub(Duration::from_millis(declared));
    Ok(WAIT_TO_FILL.saturating_sub(passed))
}

/// Lets queries use a rule that was filled. Returns false if it is not building any more.
pub async fn make_ready(store: &mut Session<'_>, app: &AppId, number: RuleNumber) -> Result<bool> {
    advance(store, app, number, &[RuleState::Building], RuleState::Ready).await
}

/// Lets no query use a rule any more. Returns false if there is no such rule.
pub async fn retire(store: &mut Session<'_>, app: &AppId, number: RuleNumber) -> Result<bool> {
    let all = [RuleState::Building, RuleState::Ready, RuleState::Retiring];
    advance(store, app, number, &all, RuleState::Retiring).await
}

/// Ends a retiring rule: from now on, writes do not keep it up.
pub async fn remove(store: &mut Session<'_>, app: &AppId, number: RuleNumber) -> Result<()> {
    change_app(store, app, |app| {
        let before = app.indexes.rules.len();
        app.indexes.rules.retain(|rule| rule.number != number || rule.state != RuleState::Retiring);
        (app.indexes.rules.len() != before, ())
    })
    .await
    .map(|_| ())
}

async fn advance(
    store: &mut Session<'_>,
    app: &AppId,
    number: RuleNumber,
    from: &[RuleState],
    to: RuleState,
) -> Result<bool> {
    let changed = change_app(store, app, |app| {
        let has_moved = app.indexes.advance(number, from, to);
        (has_moved, has_moved)
    });
    Ok(changed.await?.unwrap_or(false))
}
