//! The history of a run, as recorded from the tables.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cast::{Ending, Exchange, Role, target};
use super::stage::{Effect, Move};
use super::sweeps::{Encore, deletions};
use pail_testing::Answer;
use pail_testing::wire::is_write;

/// The items of an app that decide over rights; null if an item does not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub app: Value,
    pub scope: Value,
    pub bucket: Value,
    /// The markers of dropped buckets.
    pub markers: Vec<Value>,
}

/// The history of one object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The actor whose call created it; none if it existed at the beginning.
    pub maker: Option<usize>,
    /// The operation that created it.
    pub made_by: String,
    /// All its forms.
    pub forms: Vec<Form>,
}

/// A form of an object.
#[derive(Clone, Debug)]
pub struct Form {
    pub item: Value,
    /// The actor whose call wrote it; none if it existed at the beginning.
    pub by: Option<usize>,
    /// The number of the first state with it.
    pub since: usize,
    /// The same with the marks that back fills have added since, if any has.
    pub filled: Option<Value>,
}

/// A run, to be checked by the laws.
#[derive(Clone, Debug)]
pub struct History {
    pub app: String,
    pub roles: Vec<Role>,
    pub endings: Vec<Option<Ending>>,
    /// The number of the state in which each actor ended.
    pub ends: Vec<usize>,
    pub moves: Vec<Move>,
    /// The calls that took effect.
    pub effects: Vec<Effect>,
    /// The state before each of these calls, and the final state.
    pub states: Vec<State>,
    /// By partition and sort key. The partition of one that a sweep has removed begins with [`SWEPT`].
    pub objects: BTreeMap<(String, String), Object>,
    /// The forms of each opaque token by its partition. The item of one that was removed is null.
    pub tokens: BTreeMap<String, Vec<Form>>,
    /// The objects that lacked an index entry in any state.
    pub missing: Vec<String>,
    /// The entries of the last state that nothing holds.
    pub left_over: Vec<Value>,
    /// What one more sweep has found and left, if any actor sweeps.
    pub encore: Option<Encore>,
}

/// The items that decide nothing but are written: objects, and a token by its partition.
#[derive(Default)]
pub struct Written {
    pub objects: Vec<Value>,
    pub token: Option<(String, Value)>,
}

impl History {
    /// A run that begins with this state, this shared object, if it is not null, and this token.
    pub fn new(roles: &[Role], app: &str, beginning: State, object: Value, token: Value) -> Self {
        let mut objects = BTreeMap::new();
        if !object.is_null() {
            let forms = vec![Form { item: object.clone(), by: None, since: 0, filled: None }];
            objects.insert(key_of(&object), Object { maker: None, made_by: String::new(), forms });
        }
        Self {
            app: app.to_owned(),
            roles: roles.to_vec(),
            endings: vec![None; roles.len()],
            ends: vec![0; roles.len()],
            moves: Vec::new(),
            effects: Vec::new(),
            states: vec![beginning],
            objects,
            tokens: [(key_of(&token).0, vec![Form { item: token, by: None, since: 0, filled: None }])].into(),
            missing: Vec::new(),
            left_over: Vec::new(),
            encore: None,
        }
    }

    /// Records a move that did not reach the tables.
    pub fn note(&mut self, chosen: Move) {
        self.moves.push(chosen);
    }

    /// Records a call that took effect, the state after it, and the items under its keys.
    pub fn record(&mut self, chosen: Move, effect: Effect, state: State, written: Written) {
        self.moves.push(chosen);
        let call = &effect.call;
        for (partition, sort) in deletions(&call.body) {
            let key = (partition.to_owned(), sort.to_owned());
            if let Some(object) = self.objects.remove(&key) {
                self.objects.insert((format!("{SWEPT} in {}: {partition}", self.states.len()), key.1), object);
            }
        }
        for item in written.objects {
            if self.has_come_late(&item) {
                continue;
            }
            let new = || Object { maker: Some(call.actor), made_by: call.operation.clone(), forms: Vec::new() };
            let object = self.objects.entry(key_of(&item)).or_insert_with(new);
            match object.forms.last_mut() {
                Some(last) if *last.now() == item => {}
                // A back fill changes nothing but marks, and is no form of its own.
                Some(last) if without_marks(&last.item) == without_marks(&item) => last.filled = Some(item),
                Some(_) | None => {
                    object.forms.push(Form { item, by: Some(call.actor), since: self.states.len(), filled: None });
                }
            }
        }
        if let Some((key, item)) = written.token {
            let forms = self.tokens.entry(key).or_default();
            if forms.last().is_none_or(|last| last.item != item) {
                forms.push(Form { item, by: Some(call.actor), since: self.states.len(), filled: None });
            }
        }
        self.effects.push(effect);
        self.states.push(state);
    }

    /// Whether an item is another attempt of a write that a sweep has removed with its bucket.
    fn has_come_late(&self, item: &Value) -> bool {
        let swept = self.objects.iter().filter(|(key, _)| is_swept(key));
        swept.flat_map(|(_, object)| &object.forms).any(|form| form.item["writer"] == item["writer"])
    }

    /// Records that an actor has ended.
    pub fn end(&mut self, actor: usize, ending: Ending) {
        self.endings[actor] = Some(ending);
        self.ends[actor] = self.states.len() - 1;
    }

    /// The requests of an actor; none if it is an operator.
    pub fn exchanges(&self, actor: usize) -> &[Exchange] {
        match &self.endings[actor] {
            Some(Ending::Answered(exchanges)) => exchanges,
            Some(Ending::Operated(_) | Ending::Swept(_) | Ending::Worked(..)) | None => &[],
        }
    }

    /// What the run came to: each actor's ending, and the calls that may have changed the tables, in their order.
    pub fn outline(&self) -> String {
        let ending = |actor: usize| match &self.endings[actor] {
            Some(Ending::Answered(exchanges)) => {
                // Each run has an app of its own.
                let body = |answer: &Answer| answer.body.replace(&self.app, "the app");
                let answer = |exchange: &Exchange| (exchange.answer.status, body(&exchange.answer));
                format!("{:?}", exchanges.iter().map(answer).collect::<Vec<_>>())
            }
            other => format!("{other:?}"),
        };
        let endings: Vec<String> = (0..self.endings.len()).map(ending).collect();
        let writes = self.effects.iter().filter(|effect| is_write(&effect.call.operation));
        let write =
            |effect: &Effect| (effect.call.actor, effect.call.operation.clone(), effect.status, effect.was_heard);
        format!("{endings:?}, {:?}", writes.map(write).collect::<Vec<_>>())
    }

    /// The forms of the shared object in a generation of the bucket, each with the number of the last state that has
    /// it. A sweep ends the last form of what it removes.
    pub fn forms_of_target(&self, generation: &str) -> impl Iterator<Item = (&Form, usize)> {
        let partition = format!("{}/notes:{generation}", self.app);
        let mut forms = Vec::new();
        for ((at, sort), object) in &self.objects {
            let swept = at.strip_prefix(SWEPT).and_then(|rest| rest.strip_prefix(" in ")?.split_once(": "));
            let (at, last) = match swept {
                Some((state, at)) => (at, state.parse::<usize>().expect("the number of a state") - 1),
                None => (at.as_str(), usize::MAX),
            };
            if (at, sort) == (partition.as_str(), &target()) {
                let ends = object.forms.iter().skip(1).map(|next| next.since - 1).chain([last]);
                forms.extend(object.forms.iter().zip(ends));
            }
        }
        forms.sort_by_key(|(form, _)| form.since);
        forms.into_iter()
    }

    /// The calls of an actor whose replies it received, each with the state before the call.
    pub fn heard_by(&self, actor: usize) -> impl Iterator<Item = (&Effect, &State)> {
        let met = self.effects.iter().zip(&self.states);
        met.filter(move |(effect, _)| effect.call.actor == actor && effect.was_heard)
    }
}

impl State {
    /// The generation of the bucket, if there is a bucket.
    pub fn generation(&self) -> Option<&str> {
        self.bucket["generation"]["S"].as_str().filter(|_| self.bucket.get("dropped").is_none())
    }
}

impl Form {
    /// Its item as it is now.
    pub fn now(&self) -> &Value {
        self.filled.as_ref().unwrap_or(&self.item)
    }
}

fn without_marks(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(members) = item.as_object_mut() {
        members.remove("entries");
    }
    item
}

fn key_of(item: &Value) -> (String, String) {
    let key = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    (key("pk"), key("sk"))
}

/// What the partition of an object begins with after a sweep has removed it. What is written under its key later is another.
const SWEPT: &str = "swept";

/// Whether a sweep has removed the object with this key.
pub fn is_swept(key: &(String, String)) -> bool {
    key.0.starts_with(SWEPT)
}

/// The generation in the partition key of an object.
pub fn generation_of(key: &(String, String)) -> &str {
    key.0.rsplit(':').next().unwrap_or_default()
}
