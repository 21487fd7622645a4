//! One run: a cast that plays on the stage, in an order that somebody chooses.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pail::local::Engine;
use pail::store::{Store, client};
use pail::system::{System, Timestamp};
use serde_json::{Value, json};

use super::cast::{Actor, Ending, Role};
use super::history::{History, State};
use super::stage::{Call, Move, Stage};
use pail_testing::fixtures::{dropped, with_version};
use pail_testing::{NOW, Random, app_key, bucket_item, callers, items, tables};

/// The most that play in one run.
const CAST: usize = 4;

/// Tables, a stage before them, and actors. It serves many runs, each with its own app.
pub struct Theatre {
    stage: Stage,
    actors: Vec<Actor>,
    runs: usize,
}

/// How the tables are when a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    pub scope: Entry,
    pub bucket: Bucket,
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
    Dropped,
    Live(Entry),
}

impl Entry {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::SignedIn, Self::Everybody];

    fn acl(self, verb: &str) -> Value {
        match self {
            Self::Nothing => items::acl(&json!({})),
            Self::SignedIn => items::acl(&json!({verb: ["UserID:ANY_AUTHENTICATED_USER"]})),
            Self::Everybody => items::acl(&json!({verb: ["UserID:ANY_AUTHENTICATED_USER", "UserID:ANONYMOUS_USER"]})),
        }
    }
}

/// Who chooses what happens next: a number below the one that is given.
pub trait Choose {
    fn choose(&mut self, of: usize) -> usize;
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
        let sources = System::new(clock, move || Ok(random.lock().expect("no panic").bits()));
        let stage = Stage::over(engine);
        let actors = (0..CAST).map(|number| Actor::new(number, &stage, sources.clone())).collect();
        Self { stage, actors, runs: 0 }
    }

    /// Plays a run to its end. At most `disturbances` replies and calls are lost, delayed or answered with a conflict.
    pub async fn play(
        &mut self,
        beginning: Beginning,
        roles: &[Role],
        mut disturbances: usize,
        choice: &mut impl Choose,
    ) -> History {
        self.runs += 1;
        let app = format!("app-{}", self.runs);
        self.set(&app, beginning);
        let mut history = History::new(roles, self.state(&app));
        let mut players: Vec<Player<'_>> = roles
            .iter()
            .zip(&self.actors)
            .map(|(role, actor)| Some(Box::pin(actor.play(*role, &app)) as Pin<Box<dyn Future<Output = Ending> + '_>>))
            .collect();
        loop {
            self.settle(&mut players, &mut history).await;
            let moves = self.stage.moves(disturbances > 0);
            if moves.is_empty() {
                break;
            }
            let chosen = moves[choice.choose(moves.len())];
            disturbances -= usize::from(!matches!(chosen, Move::Answer(_) | Move::ArriveLate(_)));
            if let Some(effect) = self.stage.perform(chosen) {
                let objects = self.objects_of(&effect.call);
                history.record(chosen, effect, self.state(&app), objects);
            } else {
                history.note(chosen);
            }
        }
        history
    }

    /// Lets everybody go on until each waits on the stage, or has ended. Pauses pass in no time.
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

    /// Puts the tables into the state of a beginning.
    fn set(&self, app: &str, beginning: Beginning) {
        let issuer =
            json!([{"issuer": callers::ISSUER, "audiences": ["every app"], "key_set": callers::issuer().key_set}]);
        let digest = STANDARD.encode(app_key("every-key").digest);
        self.put(&tables().apps, &json!({
            "app_id": {"S": app}, "writer": {"S": "a test"}, "version": {"N": "1"}, "status": {"S": "enabled"},
            "keys": {"L": [{"M": {"digest": {"B": digest}, "created": {"N": "1"}}}]}, "issuers": {"S": issuer.to_string()},
        }));
        self.put(
            &tables().objects,
            &json!({
                "pk": {"S": app}, "sk": {"S": "acl"}, "writer": {"S": "a test"}, "version": {"N": "1"},
                "acl": beginning.scope.acl("CREATE_NEW_BUCKET"),
            }),
        );
        let mut bucket = bucket_item(app, "notes", &json!({}));
        match beginning.bucket {
            Bucket::Absent => return,
            Bucket::Dropped => {
                bucket = dropped(with_version(bucket, 6));
            }
            Bucket::Live(entry) => bucket["acl"] = entry.acl("CREATE_OBJECTS_IN_BUCKET"),
        }
        self.put(&tables().objects, &bucket);
    }

    /// The items of an app, without its objects.
    fn state(&self, app: &str) -> State {
        let get =
            |table: &str, key: Value| self.ask("GetItem", &json!({"TableName": table, "Key": key}))["Item"].clone();
        let at = |sort: &str| get(&tables().objects, json!({"pk": {"S": app}, "sk": {"S": sort}}));
        State { app: get(&tables().apps, json!({"app_id": {"S": app}})), scope: at("acl"), bucket: at("bucket/notes") }
    }

    /// The objects that a call may have written, as they are now.
    fn objects_of(&self, call: &Call) -> Vec<Value> {
        let keys: Vec<Value> = match call.operation.as_str() {
            "PutItem" => vec![call.body["Item"].clone()],
            "TransactWriteItems" => vec![call.body["TransactItems"][1]["Put"]["Item"].clone()],
            "UpdateItem" => vec![call.body["Key"].clone()],
            _ => vec![],
        };
        let objects = keys.into_iter().filter(|key| key["pk"]["S"].as_str().is_some_and(|pk| pk.contains("/notes:")));
        let get = |key: Value| {
            let key = json!({"pk": key["pk"], "sk": key["sk"]});
            self.ask("GetItem", &json!({"TableName": tables().objects, "Key": key}))["Item"].clone()
        };
        objects.map(get).filter(|item| !item.is_null()).collect()
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

/// Somebody who plays, until it has ended.
type Player<'a> = Option<Pin<Box<dyn Future<Output = Ending> + 'a>>>;
