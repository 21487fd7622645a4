//! What has happened in a run, as the tables themselves saw it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cast::{Ending, Role};
use super::stage::{Effect, Move};

/// The items of an app that decide over rights; null where there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub app: Value,
    pub scope: Value,
    pub bucket: Value,
}

/// A call that took effect.
#[derive(Clone, Debug)]
pub struct Event {
    pub effect: Effect,
    /// The number of the state that it met.
    pub met: usize,
}

/// What became of one object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Whose call made it.
    pub maker: usize,
    /// The event by which it was made.
    pub event: usize,
    /// Every form that it has had.
    pub forms: Vec<Value>,
}

/// A run, for the laws to judge.
#[derive(Clone, Debug)]
pub struct History {
    pub roles: Vec<Role>,
    pub endings: Vec<Option<Ending>>,
    /// The number of the state in which each of the cast ended.
    pub ends: Vec<usize>,
    pub moves: Vec<Move>,
    pub events: Vec<Event>,
    /// The state at the beginning, and after each event.
    pub states: Vec<State>,
    /// By partition and sort key.
    pub objects: BTreeMap<(String, String), Object>,
}

impl History {
    pub fn new(roles: &[Role], beginning: State) -> Self {
        Self {
            roles: roles.to_vec(),
            endings: vec![None; roles.len()],
            ends: vec![0; roles.len()],
            moves: Vec::new(),
            events: Vec::new(),
            states: vec![beginning],
            objects: BTreeMap::new(),
        }
    }

    /// Something happened that the tables did not see.
    pub fn note(&mut self, chosen: Move) {
        self.moves.push(chosen);
    }

    /// A call took effect: the state that it left, and the objects under the keys that it names.
    pub fn record(&mut self, chosen: Move, effect: Effect, state: State, objects: Vec<Value>) {
        self.moves.push(chosen);
        let (maker, event) = (effect.call.actor, self.events.len());
        self.events.push(Event { effect, met: self.states.len() - 1 });
        self.states.push(state);
        for form in objects {
            let key = |name: &str| form[name]["S"].as_str().unwrap_or_default().to_owned();
            let new = || Object { maker, event, forms: Vec::new() };
            let object = self.objects.entry((key("pk"), key("sk"))).or_insert_with(new);
            if object.forms.last() != Some(&form) {
                object.forms.push(form);
            }
        }
    }

    /// One of the cast has ended.
    pub fn end(&mut self, actor: usize, ending: Ending) {
        self.endings[actor] = Some(ending);
        self.ends[actor] = self.states.len() - 1;
    }

    /// The events of an actor whose replies it has heard.
    pub fn heard_by(&self, actor: usize) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter().filter(move |event| event.effect.call.actor == actor && event.effect.was_heard)
    }

    /// The state that an event met.
    pub fn met(&self, event: &Event) -> &State {
        &self.states[event.met]
    }
}

impl State {
    /// The generation of the bucket, if there is a bucket.
    pub fn generation(&self) -> Option<&str> {
        self.bucket["generation"]["S"].as_str().filter(|_| self.bucket.get("dropped").is_none())
    }
}

impl Object {
    /// The generation that its partition key ends with.
    pub fn generation<'a>(&self, key: &'a (String, String)) -> &'a str {
        key.0.rsplit('/').next().unwrap_or_default()
    }
}
