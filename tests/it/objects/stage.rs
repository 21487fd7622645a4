//! The installation for tests of reads and writes: the object `o1` of the bucket `notes`, in any scope.

use std::ops::Deref;

use serde_json::{Value, json};

use pail_testing::fixtures::{GENERATION, object_item};
use pail_testing::{Answer, Call, Clock, Installation, NOW, app, callers};

/// A scope, and a caller who has all rights in it.
pub struct Home {
    pub scope: &'static str,
    pub token: fn() -> String,
    /// The caller as items name it.
    pub creator: &'static str,
    /// The same in `_owner`.
    pub owner: &'static str,
}

pub const APP: Home = Home { scope: "demo", token: || callers::user("alice"), creator: "UserID:alice", owner: "alice" };

pub const HOMES: [Home; 4] = [
    APP,
    Home { scope: "demo/users/alice", ..APP },
    Home { scope: "demo/groups/crew", token: || callers::member("alice", &["crew"]), ..APP },
    Home {
        scope: "demo/things/sensor-1",
        token: || callers::thing("sensor-1"),
        creator: "ThingID:sensor-1",
        owner: "sensor-1",
    },
];

impl Home {
    /// The scope as errors name it.
    pub fn object_scope(&self) -> Value {
        match self.scope {
            "demo" => json!({"appID": "demo", "type": "APP"}),
            "demo/users/alice" => json!({"appID": "demo", "type": "APP_AND_USER", "userID": "alice"}),
            "demo/groups/crew" => json!({"appID": "demo", "type": "APP_AND_GROUP", "groupID": "crew"}),
            "demo/things/sensor-1" => json!({"appID": "demo", "type": "APP_AND_THING", "thingID": "sensor-1"}),
            other => panic!("{other} is no scope of these tests"),
        }
    }
}

/// A caller who has all rights on the bucket and its objects.
fn bucket_acl(creator: &str) -> Value {
    json!({
        "CREATE_OBJECTS_IN_BUCKET": [creator], "READ_OBJECTS_IN_BUCKET": [creator],
        "QUERY_OBJECTS_IN_BUCKET": [creator], "DROP_BUCKET_WITH_ALL_CONTENT": [creator],
    })
}

/// An installation with a clock that tests can set.
pub struct Stage {
    installation: Installation,
    pub clock: Clock,
    pub home: &'static Home,
}

impl Deref for Stage {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.installation
    }
}

impl Stage {
    /// An installation without the bucket.
    pub async fn empty(home: &'static Home) -> Self {
        let clock = Clock::new();
        let installation = Installation::without_app(clock.system()).await;
        installation.put_app(app("demo")).await;
        Self { installation, clock, home }
    }

    /// An installation with the bucket and without the object.
    pub async fn bucket(home: &'static Home) -> Self {
        let stage = Self::empty(home).await;
        stage.put_bucket(home.scope, "notes", bucket_acl(home.creator)).await;
        stage
    }

    /// An installation with the object, in version 1, created by the scope's caller.
    pub async fn object(home: &'static Home, content: &str) -> Self {
        let stage = Self::bucket(home).await;
        stage.put(stage.new_item(content)).await;
        stage
    }

    /// The item of the object as [`Self::object`] stores it.
    pub fn new_item(&self, content: &str) -> Value {
        let mut item = object_item(self.home.scope, "notes", "o1", content);
        item["owner"]["S"] = self.home.creator.into();
        item
    }

    /// Changes attributes of the object's item; those that become `null` are removed.
    pub async fn set(&self, changes: Value) {
        let mut item = self.stored().await;
        let members = item.as_object_mut().expect("an item is an object");
        members.extend(changes.as_object().expect("changes are an object").clone());
        members.retain(|_, value| !value.is_null());
        self.put(item).await;
    }

    /// A request for the object by the scope's caller.
    pub fn call(&self, method: &str) -> Call {
        Call::object(method, self.home.scope, "notes", "o1").bearer(&(self.home.token)())
    }

    /// A request for the object by the administrator.
    pub fn as_administrator(&self, method: &str) -> Call {
        self.call(method).bearer(&callers::administrator("operator"))
    }

    /// The item of the object in the bucket of [`Self::bucket`].
    pub async fn found(&self) -> Option<Value> {
        self.item(&format!("{}/notes:{GENERATION}", self.home.scope), "o1").await
    }

    pub async fn stored(&self) -> Value {
        self.found().await.expect("the object's item")
    }

    /// Makes a request that gets this status and changes only the object's item. Returns the new item without its
    /// `writer`, which must be new.
    pub async fn write(&self, call: &Call, status: u16) -> (Answer, Value) {
        let (mut before, old) = (self.items().await, self.found().await);
        let answer = self.answer(call).await;
        assert_eq!(answer.status, status, "{call:?}: {answer:?}");
        let (mut after, mut new) = (self.items().await, self.stored().await);
        let name = pail_testing::items::name(&new);
        before.remove(&name);
        after.remove(&name);
        assert_eq!(before, after, "{call:?} has changed other items");
        let writer = new.as_object_mut().and_then(|item| item.remove("writer")).expect("a writer");
        assert_eq!(writer["S"].as_str().map(str::len), Some(36), "{writer}");
        assert_ne!(old.map(|old| old["writer"].clone()), Some(writer));
        (answer, new)
    }

    /// Makes a request that is refused, and checks that it changes no table and sends no writing call.
    pub async fn refuses(&self, call: &Call, status: u16, code: &str) -> Answer {
        let before = self.items().await;
        let answer = self.refused(call, status, code).await;
        assert_eq!(self.items().await, before, "{call:?}");
        answer
    }
}

/// The item without its `writer`.
pub fn without_writer(mut item: Value) -> Value {
    item.as_object_mut().expect("an item is an object").remove("writer");
    item
}

/// A number as an attribute.
pub fn number(value: u64) -> Value {
    json!({"N": value.to_string()})
}

/// The time of the tests plus this many milliseconds.
pub const fn later(milliseconds: u64) -> u64 {
    NOW + milliseconds
}
