//! The laws of managing buckets and ACLs: what a change may replace, and which answers are allowed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::cast::{Exchange, Role, Who};
use super::history::{History, State};
use super::laws::grants;
use super::management::{Matter, On, SUBJECT};
use super::object_laws::version;

/// The subjects of each verb.
type Entries = BTreeMap<String, BTreeSet<String>>;

/// The items that decide over rights, and that requests change.
const ITEMS: [fn(&State) -> &Value; 2] = [|state| &state.bucket, |state| &state.scope];

/// A change of an item that decides over rights, by a call.
struct Change<'a> {
    actor: usize,
    before: &'a Value,
    after: &'a Value,
    /// The number of the first state after it.
    since: usize,
}

impl History {
    /// The changes of the items that this selects, in sequence.
    fn changes(&self, item: fn(&State) -> &Value) -> impl Iterator<Item = Change<'_>> {
        let pairs = self.states.windows(2).zip(&self.effects).enumerate();
        let changes = pairs.map(move |(number, (pair, effect))| Change {
            actor: effect.call.actor,
            before: item(&pair[0]),
            after: item(&pair[1]),
            since: number + 1,
        });
        changes.filter(|change| change.before != change.after)
    }

    /// Each change of bucket and scope replaced the item that its actor had read, and is what its request asked for.
    pub fn every_change_replaced_the_item_that_it_had_read(&self) {
        let mut changed = HashSet::new();
        for item in ITEMS {
            for change in self.changes(item) {
                let Change { actor, before, after, since } = change;
                assert!(changed.insert(actor), "a request has changed more than once: {before}, {after}");
                assert!(before.is_null() || self.had_read(actor, before, since), "changed unseen: {before}, {after}");
                let expected = if before.is_null() { 1 } else { version(before) + 1 };
                assert_eq!(version(after), expected, "{before}, {after}");
                assert_ne!(before["writer"], after["writer"], "a change without a new writer");
            }
        }
        for Change { actor, before, after, since } in self.changes(|state| &state.scope) {
            let Role::Manage(who, matter) = self.roles[actor] else { continue };
            assert_eq!(who, Who::Administrator, "{matter:?}");
            assert_eq!(entries(after), matter.applied(entries(before)), "{matter:?}: {before}, {since}");
        }
        for change in self.changes(|state| &state.bucket) {
            self.bucket_follows(&change);
        }
    }

    /// Checks that a bucket's item is the result of the actor's request and the item before.
    fn bucket_follows(&self, Change { actor, before, after, since }: &Change<'_>) {
        let (was_live, is_live) = (is_live(before), is_live(after));
        assert_eq!(after.get("acl").is_some(), is_live, "{after}");
        assert!(!was_live || before["generation"] == after["generation"], "{before}, {after}");
        let Role::Manage(who, matter) = self.roles[*actor] else { return };
        match matter {
            Matter::Drop => {
                assert!(was_live && !is_live, "{before}, {after}");
                assert!(grants(before, On::Drops.verb(), who), "dropped by an ACL that had no such entry: {before}");
            }
            Matter::Grant(_) | Matter::Revoke(_) | Matter::Replace(_) if was_live => {
                assert!(is_live && who == Who::Administrator, "{before}, {after}");
                assert_eq!(entries(after), matter.applied(entries(before)), "{matter:?}: {before}");
            }
            Matter::Grant(_) | Matter::Make => {
                assert!(!was_live && is_live, "{before}, {after}");
                assert!(self.may_create(*actor, "", true), "actor {actor} was not allowed to make the bucket");
                let default = default_of_bucket();
                let expected = if matter == Matter::Make { default } else { matter.applied(default) };
                assert_eq!(entries(after), expected, "{since}");
            }
            Matter::Revoke(_) | Matter::Replace(_) => panic!("{matter:?} has made a bucket"),
        }
    }

    /// A request took effect once if it was answered with 2xx, never with 4xx, and each 4xx has a reason.
    pub fn judge_management(&self, actor: usize, exchange: &Exchange) {
        let Role::Manage(who, matter) = self.roles[actor] else { panic!("no such request") };
        let changes = ITEMS.into_iter().flat_map(|item| self.changes(item)).filter(|change| change.actor == actor);
        let mut times: Vec<usize> = changes.map(|change| change.since).collect();
        times.extend(self.forms_by(actor).iter().map(|form| form.since));
        let code = exchange.answer.error_code();
        match exchange.answer.status {
            200..300 => {
                let [since] = times[..] else { panic!("{matter:?} did not take effect exactly once: {times:?}") };
                assert!(exchange.began < since && since <= exchange.ended, "{matter:?} in state {since}: {exchange:?}");
            }
            503 => assert!(times.len() <= 1, "{matter:?} took effect more than once: {times:?}"),
            status => {
                assert!(times.is_empty(), "I2: {status} {code}, and it has written");
                let has_reason = code == "APP_DISABLED" && self.met_disabled_app(actor)
                    || code == "WRONG_TOKEN" && who == Who::Holder
                    || (matter, code.as_str()) == (Matter::Drop, "BUCKET_NOT_FOUND")
                        && self.lost_its_bucket(actor, exchange)
                    || self.states[exchange.began..=exchange.ended].iter().any(|scope| {
                        let mut moments = self.moments(exchange);
                        moments.any(|(state, object)| verdict(who, matter, state, &scope.scope, object) == Some(&code))
                    });
                assert!(has_reason, "{matter:?}: {code} without a reason: {exchange:?}");
            }
        }
    }

    /// Whether a request has read that its caller may drop a bucket, and the bucket was gone before the request ended. Such
    /// a caller may know that it is gone, even if its right was revoked in between (R6).
    fn lost_its_bucket(&self, actor: usize, exchange: &Exchange) -> bool {
        let at_the_end = self.states[exchange.ended].generation();
        let mut allowed = self.judgements(actor, On::Drops.verb()).filter(|judgement| judgement.allowed);
        allowed.any(|judgement| judgement.generation.is_some() && judgement.generation.as_deref() != at_the_end)
    }
}

impl Matter {
    /// An ACL after this change of it.
    pub fn applied(self, mut entries: Entries) -> Entries {
        let (on, is_granted) = match self {
            Self::Grant(on) => (on, true),
            Self::Revoke(on) => (on, false),
            Self::Replace(on) => {
                entries.clear();
                (on, true)
            }
            Self::Make | Self::Drop => panic!("{self:?} changes no ACL"),
        };
        let subjects = entries.entry(on.verb().to_owned()).or_default();
        if is_granted {
            assert!(subjects.insert(SUBJECT.to_owned()), "granted twice");
        } else {
            assert!(subjects.remove(SUBJECT), "revoked twice");
        }
        entries.retain(|_, subjects| !subjects.is_empty());
        entries
    }
}

/// The model: the error of a request in this state, by the contract.
fn verdict(who: Who, matter: Matter, state: &State, scope: &Value, object: Option<&Value>) -> Option<&'static str> {
    let object = object.filter(|item| item.get("deleted").is_none());
    let has_bucket = is_live(&state.bucket);
    let missing = |allowed: bool, code| Some(if allowed { code } else { "UNAUTHORIZED" });
    let is_administrator = who == Who::Administrator;
    let (on, is_grant) = match matter {
        Matter::Make if !grants(scope, "CREATE_NEW_BUCKET", who) => return Some("UNAUTHORIZED"),
        Matter::Make => return has_bucket.then_some("BUCKET_ALREADY_EXISTS"),
        Matter::Drop if !has_bucket => return missing(who != Who::Anonymous, "BUCKET_NOT_FOUND"),
        Matter::Drop => return (!grants(&state.bucket, On::Drops.verb(), who)).then_some("UNAUTHORIZED"),
        Matter::Grant(on) => (on, Some(true)),
        Matter::Revoke(on) => (on, Some(false)),
        Matter::Replace(on) => (on, None),
    };
    let present = match on {
        On::Scope if is_administrator => entries(scope),
        On::Bucket | On::Drops if is_administrator && has_bucket => entries(&state.bucket),
        On::Bucket | On::Drops if is_administrator && is_grant == Some(true) => default_of_bucket(),
        On::Bucket | On::Drops if is_administrator => return Some("BUCKET_NOT_FOUND"),
        On::Scope | On::Bucket | On::Drops => return Some("UNAUTHORIZED"),
        On::Object if !has_bucket => return missing(is_administrator, "BUCKET_NOT_FOUND"),
        On::Object => match object {
            None => return missing(grants(&state.bucket, "READ_OBJECTS_IN_BUCKET", who), "OBJECT_NOT_FOUND"),
            Some(object) if manages(who, object) => entries_of_object(object),
            Some(_) => return Some("UNAUTHORIZED"),
        },
    };
    let is_there = present.get(on.verb()).is_some_and(|subjects| subjects.contains(SUBJECT));
    match (is_grant, is_there) {
        (Some(true), true) => Some("ACL_ALREADY_EXISTS"),
        (Some(false), false) => Some("ACL_NOT_FOUND"),
        (Some(true), false) | (Some(false), true) | (None, _) => None,
    }
}

/// The model: whether somebody may change the ACL of an object in the app's scope.
pub fn manages(who: Who, object: &Value) -> bool {
    who == Who::Administrator || [Who::Alice, Who::Holder].contains(&who) && object["owner"]["S"] == "UserID:alice"
}

/// Whether an item is a bucket that was not dropped.
fn is_live(bucket: &Value) -> bool {
    !bucket.is_null() && bucket.get("dropped").is_none()
}

/// The entries of a stored ACL.
fn entries(item: &Value) -> Entries {
    let verbs = item["acl"]["M"].as_object().into_iter().flatten();
    let texts = |set: &Value| -> BTreeSet<String> {
        set["SS"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    verbs.map(|(verb, set)| (verb.clone(), texts(set))).collect()
}

/// The entries of an object's ACL, or of its default.
pub fn entries_of_object(object: &Value) -> Entries {
    let everybody = json!({"SS": [SUBJECT, "UserID:ANY_AUTHENTICATED_USER"]});
    let signed_in = json!({"SS": ["UserID:ANY_AUTHENTICATED_USER"]});
    let default = json!({"acl": {"M": {"READ_EXISTING_OBJECT": everybody, "WRITE_EXISTING_OBJECT": signed_in}}});
    entries(if object.get("acl").is_some() { object } else { &default })
}

/// The entries of a new bucket in the app's scope.
fn default_of_bucket() -> Entries {
    let everybody = json!({"SS": [SUBJECT, "UserID:ANY_AUTHENTICATED_USER"]});
    let signed_in = json!({"SS": ["UserID:ANY_AUTHENTICATED_USER"]});
    entries(&json!({"acl": {"M": {
        "CREATE_OBJECTS_IN_BUCKET": signed_in, "DROP_BUCKET_WITH_ALL_CONTENT": signed_in,
        "QUERY_OBJECTS_IN_BUCKET": everybody, "READ_OBJECTS_IN_BUCKET": everybody,
    }}}))
}
