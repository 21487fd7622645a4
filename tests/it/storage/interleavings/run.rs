//! One run: actors whose calls take effect in a chosen order.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pail::local::Engine;
use pail::model::data_type::DataType;
use pail::model::id::ObjectId;
use pail::model::idempotency::Fingerprint;
use pail::model::index::Spot;
use pail::model::marks::Mark;
use pail::model::query::Value as Indexed;
use pail::store::{Store, client};
use pail::system::{System, Timestamp};
use serde_json::{Value, json};

use super::cast::{Actor, Ending, HELD, Role, VERSION, keyed_body, target};
use super::history::{History, State, Written};
use super::indexes;
use super::stage::{Call, Move, Stage};
use super::sweeps::{Encore, Remains, sweep_once_more};
use crate::operators::sweep::{HOUR, NEXT};
use crate::tokens::stage::{partition, token_item};
use pail_testing::fixtures::{GENERATION, deleted, dropped, marker_item, object_item, with_version};
use pail_testing::wire::is_write;
use pail_testing::{NOW, Random, app_key, bucket_item, callers, items, tables};

/// The maximum number of actors in a run.
const CAST: usize = 4;

/// Tables, a stage in front of them, and actors. Many runs use it, each with its own app.
pub struct Theatre {
    stage: Stage,
    actors: Vec<Actor>,
    /// The tables, past the stage.
    store: Store,
    system: System,
    runs: usize,
}

/// The state of the tables at the beginning of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    pub scope: Entry,
    pub bucket: Bucket,
    /// The shared object, if there is or was a bucket.
    pub object: Object,
    /// Whether the app has the indexes of [`indexes::FIELDS`].
    pub is_indexed: bool,
}

/// What an ACL grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    Nothing,
    SignedIn,
    Everybody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    Absent,
    /// Dropped long ago, and swept.
    Dropped,
    /// Dropped an hour ago, and not yet swept.
    Unswept,
    Live(Entry),
    /// Made anew in the place of one that was dropped an hour ago and is not yet swept.
    Anew(Entry),
}

/// An object that Alice created with her key and others have changed since, or its tombstone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    Absent,
    /// With its default ACL.
    Live,
    /// With an ACL of these entries.
    LiveWith(Entry),
    Deleted,
}

/// The verbs of the bucket at the beginning.
const VERBS: [&str; 3] = ["CREATE_OBJECTS_IN_BUCKET", "DROP_BUCKET_WITH_ALL_CONTENT", "READ_OBJECTS_IN_BUCKET"];

impl Object {
    pub const ALL: [Self; 6] = [
        Self::Absent,
        Self::Live,
        Self::LiveWith(Entry::Nothing),
        Self::LiveWith(Entry::SignedIn),
        Self::LiveWith(Entry::Everybody),
        Self::Deleted,
    ];
}

impl Entry {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::SignedIn, Self::Everybody];

    fn acl(self, verbs: &[&str]) -> Value {
        let subjects: &[&str] = match self {
            Self::Nothing => return items::acl(&json!({})),
            Self::SignedIn => &["UserID:ANY_AUTHENTICATED_USER"],
            Self::Everybody => &["UserID:ANONYMOUS_USER", "UserID:ANY_AUTHENTICATED_USER"],
        };
        let entries: serde_json::Map<String, Value> =
            verbs.iter().map(|verb| ((*verb).to_owned(), json!(subjects))).collect();
        items::acl(&entries.into())
    }
}

/// Chooses the next move: returns a number below the given one.
pub trait Choose {
    fn choose(&mut self, of: usize) -> usize;

    /// Whether runs are left out that differ from others only in the order of two moves that change nothing.
    fn skips_repeats(&self) -> bool {
        false
    }
}

impl Choose for Random {
    fn choose(&mut self, of: usize) -> usize {
        self.below(of)
    }
}

impl Theatre {
    pub async fn open(seed: u64) -> Self {
        let engine = Engine::in_memory().expect("an engine in memory");
        let store = Store::new(client::new(Engine::endpoint(), engine.http_client()), tables());
        store.create_tables().await.expect("tables in memory");
        let random = Mutex::new(Random::with(seed));
        let clock = || Timestamp(Duration::from_millis(NOW));
        let system = System::new(clock, move || Ok(random.lock().expect("no panic").bits()));
        let stage = Stage::over(engine);
        let actors = (0..CAST).map(|number| Actor::new(number, &stage, system.clone())).collect();
        Self { stage, actors, store, system, runs: 0 }
    }

    /// Plays a run to its end. At most `disturbances` calls and replies are lost, delayed or answered with a conflict.
    /// Returns none if the run only repeats another one.
    pub async fn play(
        &mut self,
        beginning: Beginning,
        roles: &[Role],
        mut disturbances: usize,
        choice: &mut impl Choose,
    ) -> Option<History> {
        self.runs += 1;
        let app = format!("app-{}", self.runs);
        self.set(&app, beginning);
        self.stage.begin();
        let generation = if matches!(beginning.bucket, Bucket::Anew(_)) { NEXT } else { GENERATION };
        let objects = format!("{app}/notes:{generation}");
        let object = self.get(&tables().objects, &json!({"pk": {"S": objects}, "sk": {"S": target()}}));
        let token = self.get(&tables().objects, &json!({"pk": {"S": partition(&app, HELD)}, "sk": {"S": "token"}}));
        let mut history = History::new(roles, &app, self.state(&app), object, token);
        let mut players: Vec<Player<'_>> = roles
            .iter()
            .zip(&self.actors)
            .map(|(role, actor)| Some(Box::pin(actor.play(*role, &app)) as Pin<Box<dyn Future<Output = Ending> + '_>>))
            .collect();
        loop {
            self.settle(&mut players, &mut history).await;
            let mut moves = self.stage.moves(disturbances > 0);
            if moves.is_empty() {
                break;
            }
            if choice.skips_repeats() {
                moves.retain(|next| !self.stage.repeats(*next));
            }
            if moves.is_empty() {
                return None;
            }
            let chosen = moves[choice.choose(moves.len())];
            disturbances -= usize::from(!matches!(chosen, Move::Answer(_) | Move::ArriveLate(_)));
            if let Some(effect) = self.stage.perform(chosen) {
                let written = self.written_by(&effect.call);
                let may_have_written = is_write(&effect.call.operation);
                history.record(chosen, effect, self.state(&app), written);
                if beginning.is_indexed && may_have_written {
                    self.check_entries(&mut history);
                }
            } else {
                history.note(chosen);
            }
        }
        if roles.iter().any(|role| matches!(role, Role::Sweep(_))) {
            let before = self.remains(&history);
            sweep_once_more(&self.store, &self.system).await;
            history.encore = Some(Encore { before, after: self.remains(&history) });
        }
        Some(history)
    }

    /// Compares the objects of the bucket with the index entries.
    fn check_entries(&self, history: &mut History) {
        let Some(generation) = history.states.last().and_then(State::generation) else {
            history.left_over.clear();
            return;
        };
        let objects = self.partition(&format!("{}/notes:{generation}", history.app));
        let (missing, left_over) = indexes::compare(&objects, self.entries(&history.app, generation));
        let state = history.states.len() - 1;
        history.missing.extend(missing.into_iter().map(|missing| format!("in state {state}, {missing}")));
        history.left_over = left_over;
    }

    /// The index entries in a generation of the bucket.
    fn entries(&self, app: &str, generation: &str) -> Vec<Value> {
        let partition = |number| self.partition_of(&tables().index, &format!("{app}/notes:{generation}/{number}"));
        indexes::numbers().flat_map(partition).collect()
    }

    /// Runs all actors until each waits on the stage or has ended. Pauses take no time.
    async fn settle(&self, players: &mut [Player<'_>], history: &mut History) {
        loop {
            poll_fn(|context| {
                for (number, player) in players.iter_mut().enumerate() {
                    if let Some(Poll::Ready(ending)) = player.as_mut().map(|play| play.as_mut().poll(context)) {
                        history.end(number, ending);
                        *player = None;
                    }
                }
                Poll::Ready(())
            })
            .await;
            let under_way = players.iter().enumerate().filter(|(_, player)| player.is_some());
            if under_way.map(|(number, _)| number).all(|number| self.stage.has_call_of(number)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Writes the state of a beginning into the tables.
    fn set(&self, app: &str, beginning: Beginning) {
        let issuer = json!([{
            "issuer": callers::ISSUER, "audiences": ["every app"], "claim_names": callers::claim_names(),
            "key_set": callers::issuer().key_set,
        }]);
        let digest = STANDARD.encode(app_key("every-key").digest);
        let mut item = json!({
            "app_id": {"S": app}, "writer": {"S": "a test"}, "version": {"N": "1"}, "status": {"S": "enabled"},
            "keys": {"L": [{"M": {"digest": {"B": digest}, "created": {"N": "1"}}}]}, "issuers": {"S": issuer.to_string()},
        });
        if beginning.is_indexed {
            item["indexes"] = indexes::stored();
        }
        self.put(&tables().apps, &item);
        self.put(
            &tables().objects,
            &json!({
                "pk": {"S": app}, "sk": {"S": "acl"}, "writer": {"S": "a test"}, "version": {"N": "1"},
                "acl": beginning.scope.acl(&["CREATE_NEW_BUCKET"]),
            }),
        );
        self.put(&tables().objects, &token_item(app, HELD, NOW / 1000 + 60 * 60));
        // Runs share the tables, and sweeps see the markers of all apps.
        for marker in self.partition("/garbage") {
            self.ask("DeleteItem", &json!({"TableName": tables().objects, "Key": items::key(&marker)}));
        }
        let mut bucket = bucket_item(app, "notes", &json!({}));
        match beginning.bucket {
            Bucket::Absent => return,
            Bucket::Dropped => {
                bucket = dropped(with_version(bucket, 6));
            }
            Bucket::Unswept => {
                bucket = dropped(with_version(bucket, 6));
                self.set_garbage(app, beginning.is_indexed);
            }
            Bucket::Live(entry) => {
                bucket["acl"] = entry.acl(&VERBS);
                self.set_object(app, GENERATION, beginning.object, beginning.is_indexed);
            }
            Bucket::Anew(entry) => {
                bucket["acl"] = entry.acl(&VERBS);
                bucket["generation"] = json!({"S": NEXT});
                self.set_garbage(app, beginning.is_indexed);
                self.set_object(app, NEXT, beginning.object, beginning.is_indexed);
            }
        }
        self.put(&tables().objects, &bucket);
    }

    /// What a bucket held that was dropped an hour ago, and its marker.
    fn set_garbage(&self, app: &str, is_indexed: bool) {
        self.set_object(app, GENERATION, Object::Live, is_indexed);
        self.put(&tables().objects, &deleted(object_item(app, "notes", "another-object", "{}")));
        let mut marker = marker_item(app, "notes", GENERATION, NOW - HOUR);
        if is_indexed {
            marker["rules"] = json!({"N": indexes::FIELDS.len().to_string()});
        }
        self.put(&tables().objects, &marker);
    }

    fn set_object(&self, app: &str, generation: &str, object: Object, is_indexed: bool) {
        let mut item = with_version(object_item(app, "notes", &target(), r#"{"begun":true,"gone":0}"#), VERSION);
        item["pk"] = json!({"S": format!("{app}/notes:{generation}")});
        item["fingerprint"] = json!({"B": STANDARD.encode(fingerprint(&keyed_body("one")))});
        match object {
            Object::Absent => return,
            Object::Live => {}
            Object::LiveWith(entry) => item["acl"] = entry.acl(&["READ_EXISTING_OBJECT", "WRITE_EXISTING_OBJECT"]),
            Object::Deleted => item = deleted(item),
        }
        if is_indexed && object != Object::Deleted {
            self.index(&mut item);
        }
        self.put(&tables().objects, &item);
    }

    /// Gives an object its marks and entries, but for the index that is to be filled.
    fn index(&self, item: &mut Value) {
        for (number, value) in [(1_u32, "0"), (2, "null")] {
            let spot = Spot::new(&[Indexed::of_json(value)], NOW, &ObjectId::parse(&target()).expect("an ID"));
            let (mark, partition) = (Mark::new(number.into()), item["pk"]["S"].as_str().expect("a partition"));
            let key = items::binary(spot.with(mark).as_bytes());
            let partition = format!("{partition}/{number}");
            self.put(&tables().index, &json!({"pk": {"S": partition}, "sk": key, "at": {"N": NOW.to_string()}}));
            item["entries"]["M"][number.to_string()] = items::binary(&mark.0);
        }
    }

    /// The items of an app, without its objects.
    fn state(&self, id: &str) -> State {
        let at = |sort: &str| self.get(&tables().objects, &json!({"pk": {"S": id}, "sk": {"S": sort}}));
        let app = self.get(&tables().apps, &json!({"app_id": {"S": id}}));
        State { app, scope: at("acl"), bucket: at("bucket/notes"), markers: self.partition("/garbage") }
    }

    /// The markers, and the objects of each generation that a run has known.
    fn remains(&self, history: &History) -> Remains {
        let live = history.states.iter().filter_map(State::generation);
        let generations: BTreeSet<String> = live.chain([GENERATION]).map(str::to_owned).collect();
        let objects = |generation: &String| {
            let objects = self.partition(&format!("{}/notes:{generation}", history.app));
            (generation.clone(), objects)
        };
        let entries = |generation: &String| (generation.clone(), self.entries(&history.app, generation));
        Remains {
            markers: self.partition("/garbage"),
            objects: generations.iter().map(objects).collect(),
            entries: generations.iter().map(entries).collect(),
        }
    }

    /// The items of a partition of the objects table.
    fn partition(&self, partition: &str) -> Vec<Value> {
        self.partition_of(&tables().objects, partition)
    }

    fn partition_of(&self, table: &str, partition: &str) -> Vec<Value> {
        let query = json!({
            "TableName": table, "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        });
        self.ask("Query", &query)["Items"].as_array().expect("items").clone()
    }

    /// The item with this key, or null.
    fn get(&self, table: &str, key: &Value) -> Value {
        self.ask("GetItem", &json!({"TableName": table, "Key": key}))["Item"].clone()
    }

    /// The objects and the token that a call may have written, as they are now.
    fn written_by(&self, call: &Call) -> Written {
        let keys: Vec<Value> = match call.operation.as_str() {
            "PutItem" => vec![call.body["Item"].clone()],
            "TransactWriteItems" => vec![call.body["TransactItems"][1]["Put"]["Item"].clone()],
            "UpdateItem" | "DeleteItem" => vec![call.body["Key"].clone()],
            _ => vec![],
        };
        let mut written = Written::default();
        for key in keys {
            let get = || self.get(&tables().objects, &json!({"pk": key["pk"], "sk": key["sk"]}));
            match key["pk"]["S"].as_str() {
                Some(partition) if partition.starts_with("/tokens/") => {
                    written.token = Some((partition.to_owned(), get()));
                }
                Some(partition) if partition.contains("/notes:") => {
                    written.objects.extend(Some(get()).filter(|item| !item.is_null()));
                }
                Some(_) | None => {}
            }
        }
        written
    }

    fn put(&self, table: &str, item: &Value) {
        self.ask("PutItem", &json!({"TableName": table, "Item": item}));
    }

    fn ask(&self, operation: &str, body: &Value) -> Value {
        let (status, reply) =
            self.stage.engine.answer(&format!("DynamoDB_20120810.{operation}"), body.to_string().as_bytes());
        assert_eq!(status, 200, "{operation}: {reply}");
        serde_json::from_str(&reply).expect("the engine answers in JSON")
    }
}

/// The fingerprint of a create with this body.
fn fingerprint(body: &str) -> [u8; 32] {
    *Fingerprint::of(&DataType::json(), body.as_bytes()).as_bytes()
}

/// A running actor; none after it has ended.
type Player<'a> = Option<Pin<Box<dyn Future<Output = Ending> + 'a>>>;
