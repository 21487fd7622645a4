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

/// What became of one object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Whose call made it.
    pub maker: usize,
    /// The operation that made it.
    pub made_by: String,
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
    /// The calls that took effect.
    pub effects: Vec<Effect>,
    /// The state that each of these met, and that at the end.
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
            effects: Vec::new(),
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
        for form in objects {
            let key = |name: &str| form[name]["S"].as_str().unwrap_or_default().to_owned();
            let call = &effect.call;
            let new = || Object { maker: call.actor, made_by: call.operation.clone(), forms: Vec::new() };
            let object = self.objects.entry((key("pk"), key("sk"))).or_insert_with(new);
            if object.forms.last() != Some(&form) {
                object.forms.push(form);
            }
        }
        self.effects.push(effect);
        self.states.push(state);
    }

    /// One of the cast has ended.
    pub fn end(&mut self, actor: usize, ending: Ending) {
        self.endings[actor] = Some(ending);
        self.ends[actor] = self.states.len() - 1;
    }

    /// The calls of an actor whose replies it has heard, each with the state that it met.
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

/// The generation that the partition key of an object ends with.
pub fn generation_of(key: &(String, String)) -> &str {
    key.0.rsplit(':').next().unwrap_or_default()
}
