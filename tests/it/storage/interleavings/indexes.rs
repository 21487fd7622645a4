//! Indexes: who fills, declares and retires them, who queries by them, and the law of their entries, which holds in every
//! state of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use pail::model::index::RuleState;
use pail::model::index::entry::EntryKey;
use pail::model::marks::RuleNumber;
use pail::model::query::Value as Indexed;
use pail::model::scope::ScopeKind;
use pail::operation::index::fill::fill;
use pail::operation::index::rules::retire;
use pail::operation::index::targets::Workplace;
use pail_testing::{Call, items};
use serde_json::{Value, json};

use super::cast::{Actor, Deed, Exchange, Role, Who};
use super::history::{Form, History, State, generation_of, is_swept};
use super::object_laws::{content, own_members, version};
use super::stage::Move;
use crate::indexes::stage::{index, notes};

/// The field of each index at the beginning, in the order of their numbers, and its state. The object of the beginning has no
/// entry of the last one.
pub const FIELDS: [(&str, RuleState); 3] =
    [("gone", RuleState::Ready), ("actor", RuleState::Ready), ("begun", RuleState::Building)];

/// The number of the index that is filled.
const FILLED: u32 = 3;

/// The field of an index that is declared during a run, and gets the next number.
const DECLARED: &str = "key";

/// What an operator does with an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Fill,
    Declare,
    /// Retires the index on `actor`.
    Retire,
}

/// A query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// All objects by `actor`.
    Ordered,
    /// The same, one on each page.
    Pages,
    /// Those whose `gone` is 0.
    Equal,
}

/// How an operator's work with an index ended.
#[derive(Clone, Copy, Debug)]
pub struct Worked {
    pub is_done: bool,
    /// The number of the state in which it began.
    began: usize,
}

/// The most pages of a walk.
const MOST_PAGES: usize = 8;

impl Role {
    /// Roles about indexes.
    pub const OF_INDEXES: [Self; 6] = [
        Self::Index(Work::Fill),
        Self::Index(Work::Declare),
        Self::Index(Work::Retire),
        Self::Search(Search::Ordered),
        Self::Search(Search::Pages),
        Self::Search(Search::Equal),
    ];

    /// Requests that write objects, by whoever may.
    pub fn of_writes() -> Vec<Self> {
        let deeds = [
            Deed::Put,
            Deed::PutNew,
            Deed::PutVersion,
            Deed::Patch,
            Deed::MergePatch,
            Deed::PatchVersion,
            Deed::Delete,
            Deed::DeleteWhatWasRead,
        ];
        let creates = [Self::Create(Who::Alice), Self::CreateWithKey(Who::Alice, "one")];
        let others = [Self::CreateWithKey(Who::Alice, "other"), Self::Object(Who::Administrator, Deed::Put)];
        let by_alice = deeds.into_iter().map(|deed| Self::Object(Who::Alice, deed));
        by_alice.chain(creates).chain(others).collect()
    }
}

impl Search {
    fn request(self, app: &str, page: &Value) -> Call {
        let query = match self {
            Self::Ordered | Self::Pages => json!({"orderBy": "actor"}),
            Self::Equal => json!({"clause": {"type": "eq", "field": "gone", "value": 0}}),
        };
        let mut body = json!({"bucketQuery": query, "explain": true, "paginationKey": page});
        if self == Self::Pages {
            body["bestEffortLimit"] = 1.into();
        }
        let path = format!("/api/apps/{app}/buckets/notes/query");
        Call::bucket("POST", app, "notes").path(&path).body(body.to_string())
    }

    fn matches(self, item: &Value) -> bool {
        item.get("deleted").is_none() && (self != Self::Equal || content(item)["gone"] == 0)
    }
}

impl Actor {
    pub async fn work(&self, work: Work, app: &str) -> Worked {
        let began = self.stage.effects();
        Worked { is_done: self.try_to_work(work, app).await.is_some(), began }
    }

    async fn try_to_work(&self, work: Work, app: &str) -> Option<()> {
        let workplace = Workplace::new(self.store.clone(), self.system.clone());
        let workplace = Workplace { patience: Duration::ZERO, ..workplace };
        let app = app.parse().expect("an ID");
        let mut session = workplace.session().ok()?;
        match work {
            Work::Fill => {
                let rule = session.app(&app).await.ok()??.indexes.get(RuleNumber(FILLED))?.clone();
                let buckets = workplace.buckets(&app, ScopeKind::App, &notes()).await.ok()?;
                fill(&workplace, buckets.first()?, &rule, |_| ()).await.ok()?.map(drop)
            }
            Work::Declare => {
                let index = pail::operation::index::rules::Index { app, ..index(DECLARED) };
                index.declare(&mut session).await.ok()??.ok().map(drop)
            }
            Work::Retire => retire(&mut session, &app, RuleNumber(2)).await.ok().filter(|retired| *retired).map(drop),
        }
    }

    pub async fn search(&self, search: Search, app: &str) -> Vec<Exchange> {
        let (mut exchanges, mut page) = (Vec::new(), Value::Null);
        loop {
            let exchange = self.ask(Who::Administrator, search.request(app, &page), app).await;
            page = exchange.answer.json()["nextPaginationKey"].clone();
            exchanges.push(Exchange { method: "query".to_owned(), ..exchange });
            if page.is_null() || exchanges.len() == MOST_PAGES {
                return exchanges;
            }
        }
    }
}

/// The indexes as they are stored in an app.
pub fn stored() -> Value {
    let rules: Vec<Value> = (1..)
        .zip(FIELDS)
        .map(|(number, (field, state)): (u32, _)| {
            json!({"M": {
                "number": {"N": number.to_string()}, "scope": {"S": ScopeKind::App.name()}, "bucket": {"S": "notes"},
                "fields": {"L": [{"S": field}]}, "state": {"S": state.name()}, "declared": {"N": "0"},
            }})
        })
        .collect();
    json!({"M": {"last": {"N": FIELDS.len().to_string()}, "rules": {"L": rules}}})
}

/// The field of the index with this number.
fn field(number: &str) -> &'static str {
    let number: usize = number.parse().expect("a number");
    FIELDS.get(number - 1).map_or(DECLARED, |(field, _)| field)
}

/// The numbers of all indexes that there can be in a run.
pub fn numbers() -> impl Iterator<Item = String> {
    (1..=FIELDS.len() + 1).map(|number| number.to_string())
}

/// Whether an entry is that of an object under this mark, at the place of its value.
fn is_entry(entry: &Value, object: &Value, rule: &str, mark: &Value) -> bool {
    let decoded = EntryKey::stored(&items::bytes(&entry["sk"])).decode().expect("a key");
    let value = content(object)[field(rule)].to_string();
    entry["pk"]["S"] == format!("{}/{rule}", object["pk"]["S"].as_str().expect("a partition"))
        && decoded.mark.0[..] == items::bytes(mark)
        && decoded.values == [Indexed::of_json(&value)]
        && decoded.id.as_str() == object["sk"]["S"]
        && object["created"] == json!({"N": decoded.created.to_string()})
}

/// What is wrong with these objects and entries of the bucket's present generation, and the entries that nothing holds.
pub fn compare(objects: &[Value], mut entries: Vec<Value>) -> (Vec<String>, Vec<Value>) {
    let mut wrong = Vec::new();
    for object in objects.iter().filter(|object| object.get("content").is_some()) {
        for (rule, mark) in object["entries"]["M"].as_object().expect("marks") {
            match entries.iter().position(|entry| is_entry(entry, object, rule, mark)) {
                Some(at) => drop(entries.remove(at)),
                None => wrong.push(format!("{object} has no entry of {rule}")),
            }
        }
    }
    (wrong, entries)
}

impl History {
    /// In every state, each live object has the entry of each of its marks.
    pub fn no_entry_is_missing(&self) {
        assert!(self.missing.is_empty(), "{:#?}", self.missing);
    }

    /// Each live object has a mark of every index that its writer knew, and of the one that was filled.
    pub fn no_mark_is_missing(&self) {
        let last = self.states.last().expect("a state");
        let Some(generation) = last.generation() else { return };
        for (key, object) in self.objects.iter().filter(|(key, _)| !is_swept(key) && generation_of(key) == generation) {
            let form = object.forms.last().expect("a form");
            if form.item.get("deleted").is_some() {
                continue;
            }
            let marks = form.now()["entries"]["M"].as_object().expect("marks");
            let content_is_of =
                |actor: &usize| self.roles[*actor].creates() || matches!(self.roles[*actor], Role::Object(..));
            if let Some(actor) = form.by.filter(content_is_of) {
                for rule in rules(&self.batch(actor).app) {
                    assert!(marks.contains_key(rule), "{key:?} has no mark of {rule}: {form:?}");
                }
            }
            for ending in self.endings.iter().flatten() {
                let super::cast::Ending::Worked(Work::Fill, Worked { is_done: true, began }) = ending else { continue };
                let is_same = self.states[*began..].iter().all(|state| state.generation() == Some(generation));
                assert!(!is_same || marks.contains_key(&FILLED.to_string()), "{key:?} was not filled: {form:?}");
            }
        }
    }

    /// Without disturbances, no entry is left that nothing holds. Who has read the app before an index was declared leaves
    /// entries of it.
    pub fn no_entry_is_left_over(&self) {
        let is_disturbed = self.moves.iter().any(|one| !matches!(one, Move::Answer(_)));
        if !is_disturbed && !self.roles.contains(&Role::Index(Work::Declare)) {
            assert!(self.left_over.is_empty(), "{:#?}", self.left_over);
        }
    }

    /// A query finds what is there and matches: all that is unchanged while it runs, once, and in its order.
    pub fn judge_search(&self, search: Search, exchanges: &[Exchange]) {
        for exchange in exchanges {
            let answer = &exchange.answer;
            match (answer.status, answer.error_code().as_str()) {
                (200, _) => {}
                (503, _) => return,
                (403, "APP_DISABLED") => {
                    assert!(self.roles.contains(&Role::DisableApp), "{answer:?}");
                    return;
                }
                // The key of a page ends with its bucket.
                (400, "INVALID_INPUT_DATA") => {
                    assert!(self.states.windows(2).any(|pair| pair[0].generation() != pair[1].generation()));
                    return;
                }
                _ => panic!("{exchange:?}"),
            }
            let plan = answer.json()["explain"]["plan"].clone();
            let may_scan = self.roles.contains(&Role::Index(Work::Retire));
            let is_by_index = plan.as_str().is_some_and(|plan| plan.starts_with("index ")) || plan == "nothing";
            assert!(is_by_index || may_scan, "{plan}");
        }
        let (Some(first), Some(last)) = (exchanges.first(), exchanges.last()) else { return };
        let (began, ended) = (first.began, last.ended);
        let hits: Vec<Value> = exchanges
            .iter()
            .flat_map(|exchange| exchange.answer.json()["results"].as_array().cloned().unwrap_or_default())
            .collect();
        let found: Vec<&str> = hits.iter().map(|hit| hit["_id"].as_str().expect("an ID")).collect();
        for hit in &hits {
            assert!(self.was_a_hit(search, hit, began, ended), "it was never so: {hit}");
        }
        let unchanged = self.unchanged(search, began, ended);
        for (id, forms) in self.forms_during(began, ended) {
            let times = found.iter().filter(|one| **one == id).count();
            assert!(times <= 1 || forms > 1, "{id} came {times} times");
        }
        let is_finished = last.answer.json()["nextPaginationKey"].is_null();
        if let Some(unchanged) = unchanged.filter(|_| is_finished) {
            let expected: Vec<&str> = unchanged.iter().map(|(_, id)| id.as_str()).collect();
            let shown: Vec<&str> = found.into_iter().filter(|id| expected.contains(id)).collect();
            assert_eq!(shown, expected, "a query has missed something, or another order: {hits:?}");
        }
    }

    /// The live forms of objects that were there between two states, each with the last state that has it.
    fn live_forms(&self, began: usize, ended: usize) -> impl Iterator<Item = (&(String, String), &Form, usize)> {
        self.objects.iter().filter(|(key, _)| !is_swept(key)).flat_map(move |(key, object)| {
            let ends = object.forms.iter().skip(1).map(|next| next.since - 1).chain([usize::MAX]);
            let during =
                object.forms.iter().zip(ends).filter(move |(form, last)| form.since <= ended && *last >= began);
            during.map(move |(form, last)| (key, form, last))
        })
    }

    /// How many forms each object had between two states.
    fn forms_during(&self, began: usize, ended: usize) -> BTreeMap<String, usize> {
        let mut forms = BTreeMap::new();
        for ((_, id), ..) in self.live_forms(began, ended) {
            *forms.entry(id.clone()).or_default() += 1;
        }
        forms
    }

    fn was_a_hit(&self, search: Search, hit: &Value, began: usize, ended: usize) -> bool {
        let is_live =
            |generation: &str| self.states[began..=ended].iter().any(|one| one.generation() == Some(generation));
        self.live_forms(began, ended).any(|(key, form, _)| {
            is_live(generation_of(key))
                && search.matches(&form.item)
                && hit["_id"] == key.1
                && hit["_version"] == json!(version(&form.item).to_string())
                && own_members(hit) == content(&form.item)
        })
    }

    /// What matches and is unchanged between two states, in the order of the query; none if the bucket is another one.
    fn unchanged(&self, search: Search, began: usize, ended: usize) -> Option<Vec<(Indexed<'static>, String)>> {
        let generation = self.states[began].generation()?;
        let is_same = |state: &State| state.generation() == Some(generation);
        if !self.states[began..=ended].iter().all(is_same) {
            return None;
        }
        let forms = self.live_forms(began, ended).filter(|(key, form, last)| {
            generation_of(key) == generation && form.since <= began && *last >= ended && search.matches(&form.item)
        });
        let place = |(key, form, _): (&(String, String), &Form, usize)| {
            let value = content(&form.item)[if search == Search::Equal { "gone" } else { "actor" }].to_string();
            (Indexed::of_json(&value).into_owned(), key.1.clone())
        };
        let mut unchanged: Vec<(Indexed<'static>, String)> = forms.map(place).collect();
        unchanged.sort();
        Some(unchanged)
    }
}

/// The numbers of the indexes of an app.
fn rules(app: &Value) -> impl Iterator<Item = &str> {
    let rules = app["indexes"]["M"]["rules"]["L"].as_array().into_iter().flatten();
    rules.map(|rule| rule["M"]["number"]["N"].as_str().expect("a number"))
}
