//! The laws that hold after every run. Rights are judged by a separate model, written from the contract.

use std::collections::{BTreeSet, HashSet};

use pail::store::write::Write;
use serde_json::Value;

use super::cast::{Ending, Role, Who};
use super::history::{History, Object, State, generation_of, is_swept};
use super::management::On;
use super::stage::Effect;
use pail_testing::Answer;

impl History {
    /// Checks that the run follows the laws.
    pub fn judge(&self) {
        for (actor, ending) in self.endings.iter().enumerate() {
            match ending.as_ref().expect("everybody ends") {
                Ending::Answered(exchanges) if self.roles[actor].creates() => {
                    exchanges.iter().for_each(|exchange| self.judge_create(actor, &exchange.answer));
                }
                Ending::Answered(exchanges) if matches!(self.roles[actor], Role::Manage(..)) => {
                    exchanges.iter().for_each(|exchange| self.judge_management(actor, exchange));
                }
                Ending::Answered(exchanges) if matches!(self.roles[actor], Role::Token(_)) => {
                    self.judge_errand(actor, exchanges);
                }
                Ending::Answered(exchanges) if let Role::Search(search) = self.roles[actor] => {
                    self.judge_search(search, exchanges);
                }
                Ending::Answered(exchanges) => self.judge_exchanges(actor, exchanges),
                Ending::Swept(outcome) => self.judge_sweep(actor, outcome),
                Ending::Worked(..) => {}
                Ending::Operated(change) => self.judge_change(actor, *change),
            }
        }
        self.no_entry_is_missing();
        self.no_mark_is_missing();
        self.no_entry_is_left_over();
        self.nothing_comes_back();
        self.every_write_replaced_the_item_that_it_had_read();
        self.every_change_replaced_the_item_that_it_had_read();
        self.mark_and_marker_come_together();
        self.sweeps_touch_nothing_live();
        self.nothing_is_left_without_a_marker();
        self.the_next_sweep_finishes();
        self.what_is_revoked_stays_revoked();
        (0..self.roles.len()).flat_map(|actor| self.exchanges(actor)).for_each(|exchange| self.judge_holder(exchange));
        for (key, object) in &self.objects {
            self.was_allowed(key, object);
        }
        self.one_object_for_each_key();
    }

    /// I1, I2, I6, and every answer has a reason.
    fn judge_create(&self, actor: usize, answer: &Answer) {
        let made: Vec<_> = self.objects.iter().filter(|(_, object)| object.maker == Some(actor)).collect();
        assert!(made.len() <= 1, "I5: one request has created several objects: {made:?}");
        match (answer.status, answer.error_code().as_str()) {
            (201, _) => self.is_there(actor, answer),
            (503, _) => {}
            (status, code) => {
                assert!(made.is_empty(), "I2: {status} {code}, and it has written {made:?}");
                let reason = match code {
                    "APP_DISABLED" => self.met_disabled_app(actor),
                    "WRONG_TOKEN" => self.roles[actor].caller() == Some(Who::Holder),
                    "UNAUTHORIZED" => self.judgements(actor, On::Bucket.verb()).any(|judgement| !judgement.allowed),
                    "IDEMPOTENCY_KEY_REUSED" => self.found_another_record(actor),
                    _ => false,
                };
                assert!(reason, "{status} {code} without a reason");
            }
        }
    }

    /// I1: the object has this ID and text, began with version 1, and is in a bucket that existed during the request.
    fn is_there(&self, actor: usize, answer: &Answer) {
        let id = answer.text("objectID");
        let body = self.roles[actor].body(actor);
        let of_this_id = || self.objects.iter().filter(|((_, sort), _)| *sort == id);
        let own = of_this_id().find(|(_, object)| object.maker == Some(actor));
        let (key, object) = own.or_else(|| of_this_id().next()).expect("I1: 201 without an object");
        let first = &object.forms[0].item;
        let mut meanwhile = self.states[..=self.ends[actor]].iter();
        let generation = generation_of(key);
        assert!(
            meanwhile.any(|state| state.generation() == Some(generation)),
            "I1: its bucket did not exist during the request"
        );
        let created = first.get("first_created").unwrap_or(&first["created"]);
        assert_eq!(created["N"], answer.json()["createdAt"].to_string(), "I1");
        let Some(maker) = object.maker else {
            assert_eq!(self.roles[actor], Role::CreateWithKey(Who::Alice, "one"), "another request's object");
            assert!(answer.is_replay(), "a replay is not marked");
            return;
        };
        assert_eq!((&first["content"]["S"], &first["version"]["N"]), (&body.into(), &"1".into()), "I1");
        if maker != actor {
            assert!(matches!(self.roles[actor], Role::CreateWithKey(..)), "somebody else's object");
            assert_eq!(self.roles[maker], self.roles[actor], "another request's object");
        }
        // After a change of the object, its writer no longer identifies its creator, who may then get a replay.
        let may_be_marked = maker != actor || object.forms.len() > 1;
        assert!(answer.is_replay() || maker == actor, "a replay is not marked");
        assert!(!answer.is_replay() || may_be_marked, "an answer is marked as a replay and is none");
    }

    /// A change that was reported as made took effect once, and one with a conflict did not.
    fn judge_change(&self, actor: usize, change: Option<Write>) {
        let writes = self.effects.iter().filter(|effect| {
            let writes = ["UpdateItem", "TransactWriteItems"].contains(&effect.call.operation.as_str());
            effect.call.actor == actor && writes && effect.status == 200
        });
        match (change, writes.count()) {
            (Some(Write::Made), 1) | (Some(Write::Conflict), 0) | (None, 0 | 1) => {}
            other => panic!("a change was reported wrongly: {other:?}"),
        }
    }

    /// I3 and I7: a generation is created once, over nothing or a dropped bucket, and never returns.
    fn nothing_comes_back(&self) {
        let mut gone = HashSet::new();
        for pair in self.states.windows(2) {
            let (before, after) = (pair[0].generation(), pair[1].generation());
            if before != after {
                gone.extend(before);
                let is_clean = before.is_none() || after.is_none();
                assert!(is_clean, "I3: a bucket has replaced another one: {before:?}, {after:?}");
            }
            assert!(after.is_none_or(|after| !gone.contains(after)), "I7: a dropped bucket is back");
            assert!(pair[0].bucket.is_null() || !pair[1].bucket.is_null(), "I7: the tombstone of a bucket is missing");
        }
    }

    /// I3, I4 and I8: the ACL that decides allowed the creator of the object, and the app was enabled.
    fn was_allowed(&self, key: &(String, String), object: &Object) {
        let generation = generation_of(key);
        // What was there at the beginning may be in a bucket that was dropped before.
        let Some(maker) = object.maker else { return };
        assert!(
            self.states.iter().any(|state| state.generation() == Some(generation)),
            "I6: an object without a bucket"
        );
        assert_ne!(self.batch(maker).app["status"]["S"], "disabled", "I4: the app was disabled");
        let made_bucket = object.made_by == "TransactWriteItems";
        assert!(self.may_create(maker, generation, made_bucket), "I4: actor {maker} was not allowed to create {key:?}");
    }

    /// Whether an actor has read that it may create objects in a generation of the bucket, or may create that bucket.
    pub fn may_create(&self, actor: usize, generation: &str, made_bucket: bool) -> bool {
        self.judgements(actor, On::Bucket.verb()).any(|judgement| {
            let of_this_bucket = judgement.generation.as_deref() == Some(generation);
            judgement.allowed && if made_bucket { judgement.generation.is_none() } else { of_this_bucket }
        })
    }

    /// I5: in a generation, a principal's key belongs to one object.
    fn one_object_for_each_key(&self) {
        let mut seen = BTreeSet::new();
        for (key, object) in &self.objects {
            let Some(maker) = object.maker.filter(|_| !is_swept(key)) else { continue };
            if let Role::CreateWithKey(who, _) = self.roles[maker] {
                assert!(seen.insert((generation_of(key), format!("{who:?}"))), "I5: a key has two objects");
            }
        }
    }

    /// Whether an actor's put has found an object that another request has created under its key.
    fn found_another_record(&self, actor: usize) -> bool {
        self.heard_by(actor).any(|(effect, _)| {
            let (ours, found) = (&effect.call.body["Item"], &effect.reply["Item"]);
            effect.call.operation == "PutItem" && !found.is_null() && found["fingerprint"] != ours["fingerprint"]
        })
    }

    /// Whether an actor has read that its app is disabled.
    pub fn met_disabled_app(&self, actor: usize) -> bool {
        let mut batches = self.heard_by(actor).filter(|(effect, _)| effect.call.operation == "BatchGetItem");
        batches.any(|(_, met)| met.app["status"]["S"] == "disabled")
    }

    /// What an actor read of its app with its last request.
    pub fn batch(&self, actor: usize) -> &State {
        let batches = self.heard_by(actor).filter(|(effect, _)| effect.call.operation == "BatchGetItem");
        batches.last().map(|(_, met)| met).expect("a request begins with a batch")
    }

    /// Every time at which an actor read the ACL that decides over its right: the bucket's over this verb, or the scope's.
    pub fn judgements(&self, actor: usize, verb: &'static str) -> impl Iterator<Item = Judgement> {
        let who = self.roles[actor].caller().expect("a request");
        self.heard_by(actor).filter_map(move |(effect, met)| Judgement::of(effect, met, who, verb))
    }
}

/// An ACL that an actor has read.
#[derive(Debug)]
pub struct Judgement {
    /// The bucket of the ACL; none for the scope's ACL.
    pub generation: Option<String>,
    pub allowed: bool,
}

impl Judgement {
    fn of(effect: &Effect, state: &State, who: Who, verb: &str) -> Option<Self> {
        let asked_for = effect.call.body["Key"]["sk"]["S"].as_str().unwrap_or_default();
        let about_scope = effect.call.operation == "GetItem" && asked_for == "acl";
        if about_scope {
            return Some(Self { generation: None, allowed: grants(&state.scope, "CREATE_NEW_BUCKET", who) });
        }
        let has_item = match effect.call.operation.as_str() {
            "BatchGetItem" => true,
            "GetItem" => asked_for.starts_with("bucket/"),
            "TransactWriteItems" => effect.status != 200,
            _ => false,
        };
        let generation = state.generation().filter(|_| has_item)?.to_owned();
        Some(Self { generation: Some(generation), allowed: grants(&state.bucket, verb, who) })
    }
}

/// The model: whether the ACL of an item grants a verb to somebody.
pub fn grants(item: &Value, verb: &str, who: Who) -> bool {
    let names: &[&str] = match who {
        Who::Administrator => return true,
        Who::Anonymous => &["UserID:ANONYMOUS_USER"],
        Who::Alice | Who::Holder => &["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER", "UserID:alice"],
    };
    let subjects = item["acl"]["M"][verb]["SS"].as_array().cloned().unwrap_or_default();
    subjects.iter().filter_map(Value::as_str).any(|subject| names.contains(&subject))
}
