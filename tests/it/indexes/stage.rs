//! Installations with indexes on the bucket `notes` of the app scope.

use pail::model::bucket::{BucketPath, BucketState};
use pail::model::id::{AppId, BucketId};
use pail::model::index::rule::Undeclared;
use pail::model::index::{Indexes, Rule, RuleState};
use pail::model::marks::RuleNumber;
use pail::model::query::Field;
use pail::model::scope::{Scope, ScopeKind, ScopeOwner};
use pail::operation::index::fill::fill;
use pail::operation::index::rules::Index;
use pail::operation::index::targets::Workplace;
use pail::store::Store;
use pail::store::bucket_scan::LiveBucket;
use pail_testing::fixtures::{app, tables};
use pail_testing::{Direct, Installation};
use serde_json::Value;

/// Rules for the bucket `notes` of the app scope, numbered from 1.
pub fn rules(fields: &[&str], state: RuleState) -> Indexes {
    let mut indexes = Indexes::default();
    for names in fields {
        let number = indexes.declare(ScopeKind::App, &notes(), &self::fields(names)).expect("a rule");
        indexes.advance(number, &[RuleState::Building], state);
    }
    indexes
}

/// The fields of these names, with commas between them.
pub fn fields(names: &str) -> Vec<Field> {
    names.split(',').map(Field::of_name).collect()
}

/// The bucket ID.
pub fn notes() -> BucketId {
    BucketId::parse("notes").expect("a bucket ID")
}

/// The bucket's path.
pub fn path() -> BucketPath {
    let app = AppId::parse("demo").expect("an app's ID");
    BucketPath { scope: Scope { app, owner: ScopeOwner::App }, bucket: notes() }
}

/// The index of the bucket on these fields.
pub fn index(names: &str) -> Index {
    let BucketPath { scope, bucket } = path();
    Index { app: scope.app, kind: ScopeKind::App, bucket, fields: fields(names) }
}

/// Gives the app these rules.
pub async fn give(installation: &Installation, indexes: Indexes) {
    let mut with_indexes = app("demo");
    with_indexes.indexes = indexes;
    installation.put_app(with_indexes).await;
}

/// What tasks run with.
pub fn workplace(installation: &Installation) -> Workplace {
    Workplace::new(installation.store().clone(), installation.system().clone())
}

/// The same with calls of an operator over the wire.
pub fn wired_workplace(installation: &Installation) -> Workplace {
    let store = Store::new(installation.wire.of_operator().client(), tables());
    Workplace::new(store, installation.system().clone())
}

/// The bucket as it is now.
pub async fn live(direct: &Direct) -> LiveBucket {
    match direct.session().bucket(&path()).await.expect("the bucket can be read") {
        BucketState::Live(live) => LiveBucket { path: path(), generation: live.generation },
        BucketState::Vacant(_) => panic!("there is no bucket"),
    }
}

/// Fills these rules of the app in the bucket, whatever their state.
pub async fn fill_all(installation: &Installation, indexes: &Indexes) {
    let (bucket, stored) = (live(installation).await, stored_rules(installation).await);
    let mut building = stored.clone();
    building.rules.iter_mut().for_each(|rule| rule.state = RuleState::Building);
    give(installation, building).await;
    for rule in &indexes.rules {
        let filled = fill(&workplace(installation), &bucket, rule, |_| ()).await.expect("the rule is filled");
        assert!(filled.is_some(), "the app has the rule");
    }
    give(installation, stored).await;
}

/// The rule of this number as it is stored.
pub async fn stored_rule(installation: &Installation, number: u32) -> Option<Rule> {
    stored_rules(installation).await.get(RuleNumber(number)).cloned()
}

/// The rules of the app as they are stored.
pub async fn stored_rules(direct: &Direct) -> Indexes {
    direct.session().app(&path().scope.app).await.expect("the app can be read").expect("an app").indexes
}

/// Declares the index on these fields.
pub async fn declare(installation: &Installation, names: &str) -> Result<Rule, Undeclared> {
    let declared = index(names).declare(&mut installation.session()).await;
    declared.expect("the app can be changed").expect("there is an app")
}

/// Checks that the entries are just those that the objects hold: each mark has its entry, and each entry its mark.
pub async fn assert_exact(installation: &Installation) {
    let items = installation.items().await;
    let marks: usize =
        items.values().filter_map(|item| item["entries"]["M"].as_object()).map(|marks| marks.len()).sum();
    let entries = installation.entries().await;
    assert_eq!(entries.len(), marks, "{items:#?}");
    for entry in &entries {
        assert!(is_held(&items.values().cloned().collect::<Vec<_>>(), entry), "nothing holds {entry}");
    }
}

/// Whether an object holds the mark of an entry.
pub fn is_held(items: &[Value], entry: &Value) -> bool {
    let key = pail_testing::items::bytes(&entry["sk"]);
    let (partition, rule) = entry["pk"]["S"].as_str().expect("a partition").rsplit_once('/').expect("a rule");
    let mark = &key[key.len() - 16..];
    items.iter().any(|item| {
        item["pk"]["S"] == partition
            && item["entries"]["M"].get(rule).is_some_and(|held| pail_testing::items::bytes(held) == mark)
    })
}
