//! The laws of changing objects: what a write may replace, and which answers are allowed.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::bucket_laws::{entries_of_object, manages};
use super::cast::{Deed, Exchange, Role, Who};
use super::history::{Form, History, State, generation_of};
use super::laws::grants;
use super::sweeps::Clock;

impl History {
    /// Each form of an object follows from the previous one by the request of its writer. Each request wrote at most
    /// once, over exactly the item that it had read.
    pub fn every_write_replaced_the_item_that_it_had_read(&self) {
        let mut writers = HashSet::new();
        for (key, object) in &self.objects {
            let mut contents = HashMap::new();
            let befores = [None].into_iter().chain(object.forms.iter().map(Some));
            for (before, form) in befores.zip(&object.forms) {
                assert!(writers.insert(form.item["writer"].to_string()), "a writer has recurred: {form:?}");
                self.is_well_formed(&form.item);
                let content = contents.entry(version(&form.item)).or_insert_with(|| form.item["content"].clone());
                assert_eq!(*content, form.item["content"], "one ETag for two contents: {key:?}");
                let Some(actor) = form.by else { continue };
                if let Some(before) = before {
                    assert!(self.had_read(actor, &before.item, form.since), "overwritten unseen: {before:?}, {form:?}");
                }
                self.follows(key, actor, before, form);
            }
        }
        for actor in 0..self.roles.len() {
            let forms = self.forms_by(actor);
            assert!(forms.len() <= 1, "one request has written more than once: {forms:?}");
        }
    }

    /// A live object has all attributes of live objects, and a tombstone has only those of tombstones.
    fn is_well_formed(&self, item: &Value) {
        let is_live = item.get("deleted").is_none();
        for name in ["content", "data_type", "modified", "entries"] {
            assert_eq!(item.get(name).is_some(), is_live, "{name} of {item}");
        }
        assert_eq!(item.get("expires").is_none(), is_live, "{item}");
        assert!(is_live || item.get("acl").is_none(), "{item}");
    }

    /// Whether an actor had read an item before this state. The item is identified by its writer.
    pub fn had_read(&self, actor: usize, item: &Value, state: usize) -> bool {
        let writer = item["writer"]["S"].as_str().expect("a writer");
        let before = self.effects.iter().take(state - 1);
        before
            .filter(|effect| effect.call.actor == actor && effect.was_heard)
            .any(|effect| effect.reply.to_string().contains(&format!("\"{writer}\"")))
    }

    /// The forms of objects that an actor has written.
    pub fn forms_by(&self, actor: usize) -> Vec<&Form> {
        self.objects.values().flat_map(|object| &object.forms).filter(|form| form.by == Some(actor)).collect()
    }

    /// Checks that a form is the result of the actor's request and the previous form.
    fn follows(&self, key: &(String, String), actor: usize, before: Option<&Form>, form: &Form) {
        let live = before.map(Form::now).filter(|item| item.get("deleted").is_none());
        let (after, role) = (&form.item, self.roles[actor]);
        let steps = u64::from(!matches!(role, Role::GrantOnObject | Role::RevokeOnObject | Role::Manage(..)));
        let expected = before.map_or(0, |before| version(&before.item)) + steps;
        assert_eq!(version(after), expected, "{before:?}, {form:?}");
        for name in ["fingerprint", "first_created"] {
            if let Some(old) = before.and_then(|before| before.item.get(name)) {
                assert_eq!(after.get(name), Some(old), "{name} is missing or changed: {before:?}, {form:?}");
            }
        }
        let same = |names: &[&str]| {
            for name in names {
                assert_eq!(live.and_then(|live| live.get(name)), after.get(*name), "{name}: {before:?}, {form:?}");
            }
        };
        match role {
            Role::Create(_) | Role::CreateWithKey(..) => assert!(before.is_none(), "a create over {before:?}"),
            Role::GrantOnObject | Role::RevokeOnObject => {
                same(&["content", "data_type", "owner", "created", "modified", "entries"]);
            }
            Role::Manage(who, matter) => {
                same(&["content", "data_type", "owner", "created", "modified", "entries"]);
                let live = live.expect("an ACL change creates nothing");
                assert!(manages(who, live), "actor {actor} had no right on the ACL of {live}");
                assert_eq!(entries_of_object(after), matter.applied(entries_of_object(live)), "{before:?}, {form:?}");
            }
            Role::DeleteObject | Role::Object(_, Deed::Delete | Deed::DeleteWhatWasRead) => {
                assert!(live.is_some() && after.get("deleted").is_some(), "{before:?}, {form:?}");
                same(&["owner", "created"]);
            }
            Role::Object(_, Deed::Patch | Deed::MergePatch | Deed::PatchVersion) => {
                let (live, Role::Object(_, deed)) = (live.expect("a PATCH creates nothing"), role) else {
                    unreachable!()
                };
                let merged = merged(&content(live), &content_of(&deed.change(actor)), deed == Deed::MergePatch);
                assert_eq!(
                    content(after),
                    merged,
                    "a PATCH was merged into something else than what it replaced: {before:?}"
                );
                same(&["data_type", "owner", "created", "acl"]);
            }
            Role::Object(..) => {
                assert_eq!(content(after), content_of(&role.body(actor)), "{form:?}");
                assert!(after.get("deleted").is_none(), "{form:?}");
                match (live, before) {
                    (Some(_), _) => same(&["data_type", "owner", "created", "acl"]),
                    // The time of the first create under this ID stays, for replays of the create with a key.
                    (None, Some(before)) => {
                        let first = before.item.get("first_created").or_else(|| after.get("created"));
                        assert_eq!(after.get("first_created"), first, "{form:?}");
                    }
                    (None, None) => {}
                }
                assert!(live.is_some() || after.get("acl").is_none(), "an ACL has survived its object: {form:?}");
            }
            other => panic!("{other:?} writes no objects"),
        }
        let Role::Object(who, _) = role else { return };
        match live {
            Some(live) => assert!(may(who, "WRITE_EXISTING_OBJECT", live), "actor {actor} had no right on {live}"),
            None => {
                let transacted = |effect: &&super::stage::Effect| effect.call.operation == "TransactWriteItems";
                let made_bucket = self.effects.get(form.since - 1).filter(transacted).is_some();
                assert!(
                    self.may_create(actor, generation_of(key), made_bucket),
                    "actor {actor} had no right to create"
                );
            }
        }
        let Some(exchange) = self.exchanges(actor).last() else { return };
        let found = live.map(version);
        assert!(exchange.expected.is_none_or(|expected| found == Some(expected)), "If-Match has replaced {before:?}");
        assert!(!exchange.expects_none || live.is_none(), "If-None-Match has replaced {before:?}");
    }

    /// Every answer to a request for an object has a reason in the states during the request.
    pub fn judge_exchanges(&self, actor: usize, exchanges: &[Exchange]) {
        for exchange in exchanges {
            match exchange.answer.status {
                503 => {}
                400.. => {
                    let code = exchange.answer.error_code();
                    let is_write = exchange.method != "GET";
                    assert!(!is_write || self.forms_by(actor).is_empty(), "I2: {code}, and it has written");
                    assert!(self.has_reason(actor, exchange, &code), "{code} without a reason: {exchange:?}");
                }
                _ if exchange.method == "GET" => self.was_there(actor, exchange),
                _ => self.was_written(actor, exchange),
            }
        }
        if let [first, second] = exchanges {
            let (shown, written) = (&first.answer, &second.answer);
            if second.method == "PUT" && written.status == 200 {
                let forms = self.forms_by(actor);
                let replaced = self.form_before(forms[0]).expect("an object");
                assert_eq!(own_members(&shown.json()), content(&replaced.item), "a lost update");
            }
        }
    }

    fn form_before(&self, form: &Form) -> Option<&Form> {
        let object = self.objects.values().find(|object| object.forms.iter().any(|one| one.since == form.since))?;
        object.forms.iter().take_while(|one| one.since < form.since).last()
    }

    /// A write with a 2xx took effect once, before its answer, with this version.
    fn was_written(&self, actor: usize, exchange: &Exchange) {
        let forms = self.forms_by(actor);
        let [form] = forms[..] else { panic!("not written exactly once: {forms:?}") };
        assert!(exchange.began < form.since && form.since <= exchange.ended, "{form:?} was answered by {exchange:?}");
        let answer = &exchange.answer;
        if answer.status != 204 {
            assert_eq!(answer.header("etag"), format!("\"{}\"", version(&form.item)));
        }
        if exchange.method == "PATCH" {
            let shown = answer.json();
            assert!(
                own_members(&shown) == content(&form.item) || shown.as_object().map(serde_json::Map::len) == Some(4)
            );
        }
        if exchange.method == "PUT" {
            let was_live = self.form_before(form).is_some_and(|before| before.item.get("deleted").is_none());
            assert_eq!(answer.status, if was_live { 200 } else { 201 }, "{form:?}");
        }
    }

    /// A GET shows an object that existed during the request, in a bucket that existed during the request, with an ACL
    /// that allowed it.
    fn was_there(&self, actor: usize, exchange: &Exchange) {
        let who = self.roles[actor].caller().expect("a request");
        let shown = exchange.answer.json();
        let is_shown = |item: &Value| {
            item.get("deleted").is_none()
                && exchange.answer.header("etag") == format!("\"{}\"", version(item))
                && own_members(&shown) == content(item)
                && item["created"]["N"].as_str() == Some(&*shown["_created"].to_string())
        };
        let found = self.moments(exchange).any(|(state, object)| {
            object.is_some_and(is_shown) && verdict("GET", exchange, who, state, &state.scope, object).is_none()
        });
        assert!(found, "a GET has shown an object that did not exist: {exchange:?}");
    }

    fn has_reason(&self, actor: usize, exchange: &Exchange, code: &str) -> bool {
        let who = self.roles[actor].caller().expect("a request");
        let mut scopes = self.states[exchange.began..=exchange.ended].iter().map(|state| &state.scope);
        match code {
            "APP_DISABLED" => return self.met_disabled_app(actor),
            "WRONG_TOKEN" => return who == Who::Holder,
            _ => {}
        }
        self.moments(exchange).any(|(state, object)| {
            let verdict = |scope| verdict(&exchange.method, exchange, who, state, scope, object);
            if state.generation().is_some() {
                verdict(&state.scope) == Some(code)
            } else {
                scopes.any(|scope| verdict(scope) == Some(code))
            }
        })
    }

    /// The states during a request, each with every form that the object in its bucket had during the request, because
    /// app, bucket and object may be read in sequence. If the bucket was dropped meanwhile, a sweep by a clock that is an hour ahead
    /// may have removed the object.
    pub fn moments(&self, exchange: &Exchange) -> impl Iterator<Item = (&State, Option<&Value>)> {
        let (began, ended) = (exchange.began, exchange.ended);
        let sweeps_early = self.roles.contains(&Role::Sweep(Clock::Ahead));
        self.states[began..=ended].iter().flat_map(move |state| {
            let forms: Vec<_> =
                state.generation().map(|generation| self.forms_of_target(generation).collect()).unwrap_or_default();
            let is_new = forms.first().is_none_or(|(first, _)| first.since > began);
            let during = forms.into_iter().filter(move |(form, last)| form.since <= ended && *last >= began);
            let may_be_swept = sweeps_early && self.states[ended].generation() != state.generation();
            let absent = (is_new || may_be_swept).then_some((state, None));
            during.map(move |(form, _)| (state, Some(&form.item))).chain(absent)
        })
    }
}

/// The model: the error of a request in this state. `exchange` has its conditions.
fn verdict(
    method: &str,
    exchange: &Exchange,
    who: Who,
    state: &State,
    scope: &Value,
    object: Option<&Value>,
) -> Option<&'static str> {
    let object = object.filter(|item| item.get("deleted").is_none());
    let (is_put, is_read) = (method == "PUT", method == "GET");
    let missing_put = || exchange.expected.map(|_| "OBJECT_NOT_FOUND");
    let allow = |allowed: bool, then: Option<&'static str>| if allowed { then } else { Some("UNAUTHORIZED") };
    match (state.generation(), object) {
        (None, _) if is_put => allow(grants(scope, "CREATE_NEW_BUCKET", who), missing_put()),
        (None, _) => allow(is_read || who != Who::Anonymous, Some("BUCKET_NOT_FOUND")),
        (Some(_), None) if is_put => allow(grants(&state.bucket, "CREATE_OBJECTS_IN_BUCKET", who), missing_put()),
        (Some(_), None) => allow(grants(&state.bucket, "READ_OBJECTS_IN_BUCKET", who), Some("OBJECT_NOT_FOUND")),
        (Some(_), Some(object)) if is_read => {
            let by_bucket = grants(&state.bucket, "READ_OBJECTS_IN_BUCKET", who);
            allow(by_bucket || may(who, "READ_EXISTING_OBJECT", object), None)
        }
        (Some(_), Some(object)) => {
            let stale = exchange.expected.filter(|expected| *expected != version(object));
            let precondition = match (stale, exchange.expects_none) {
                (Some(_), _) => Some("OBJECT_VERSION_IS_STALE"),
                (None, true) => Some("OBJECT_ALREADY_EXISTS"),
                (None, false) => None,
            };
            allow(may(who, "WRITE_EXISTING_OBJECT", object), precondition)
        }
    }
}

/// The model: whether the ACL of an object, or the default of the app's scope, grants a verb to somebody.
fn may(who: Who, verb: &str, object: &Value) -> bool {
    match object.get("acl") {
        Some(_) => grants(object, verb, who),
        None => verb == "READ_EXISTING_OBJECT" || who != Who::Anonymous,
    }
}

pub fn version(item: &Value) -> u64 {
    item["version"]["N"].as_str().and_then(|version| version.parse().ok()).expect("a version")
}

pub fn content(item: &Value) -> Value {
    content_of(item["content"]["S"].as_str().expect("a text"))
}

fn content_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// An object in an answer, without the members of the server.
pub fn own_members(shown: &Value) -> Value {
    let mut own = shown.clone();
    own.as_object_mut().expect("an object").retain(|name, _| !name.starts_with('_'));
    own
}

/// A naive merge of one level. With JSON Merge Patch, null removes a member.
fn merged(base: &Value, change: &Value, null_removes: bool) -> Value {
    let mut merged = base.clone();
    let members = merged.as_object_mut().expect("an object");
    for (name, value) in change.as_object().expect("an object") {
        if null_removes && value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    merged
}
