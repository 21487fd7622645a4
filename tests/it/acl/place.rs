//! The places that have an ACL, in every scope, with what the contract says of each.

use serde_json::{Value, json};

use crate::objects::stage::{HOMES, Home, Stage};
use pail_testing::Call;

/// What has an ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Scope,
    Bucket,
    Object,
}

/// An ACL in one scope.
#[derive(Clone, Copy)]
pub struct Place {
    pub kind: Kind,
    pub home: &'static Home,
}

/// Every kind of ACL in every scope.
pub fn places() -> impl Iterator<Item = Place> {
    let kinds = [Kind::Scope, Kind::Bucket, Kind::Object];
    HOMES.iter().flat_map(move |home| kinds.map(|kind| Place { kind, home }))
}

impl Place {
    /// An installation with the bucket and the object, made by the scope's caller, whose ACLs nobody has changed.
    pub async fn stage(self) -> Stage {
        let stage = Stage::object(self.home, r#"{"title":"Milk"}"#).await;
        let acl = pail_testing::items::acl(&self.default_of_bucket());
        let mut bucket = stage.item(self.home.scope, "bucket/notes").await.expect("the bucket");
        bucket["acl"] = acl;
        bucket["creator"] = json!({"S": self.home.creator});
        stage.put(bucket).await;
        stage
    }

    /// The path of the ACL.
    pub fn path(self) -> String {
        let scope = format!("/api/apps/{}", self.home.scope);
        match self.kind {
            Kind::Scope => format!("{scope}/acl"),
            Kind::Bucket => format!("{scope}/buckets/notes/acl"),
            Kind::Object => format!("{scope}/buckets/notes/objects/o1/acl"),
        }
    }

    /// A request of the administrator for the ACL, or for what is below it.
    pub fn call(self, method: &str, below: &str) -> Call {
        let call = Call::object(method, self.home.scope, "notes", "o1");
        let administrator = pail_testing::callers::administrator("operator");
        call.path(&format!("{}{below}", self.path())).bearer(&administrator)
    }

    /// A verb of the ACL.
    pub fn verb(self) -> &'static str {
        match self.kind {
            Kind::Scope => "CREATE_NEW_BUCKET",
            Kind::Bucket => "READ_OBJECTS_IN_BUCKET",
            Kind::Object => "READ_EXISTING_OBJECT",
        }
    }

    /// A verb that only ACLs of other kinds have.
    pub fn foreign_verb(self) -> &'static str {
        match self.kind {
            Kind::Scope => "READ_OBJECTS_IN_BUCKET",
            Kind::Bucket => "READ_EXISTING_OBJECT",
            Kind::Object => "CREATE_NEW_BUCKET",
        }
    }

    /// Who lives in the scope, as items name it.
    fn inhabitant(self) -> &'static str {
        match self.home.scope {
            "demo" => "UserID:ANY_AUTHENTICATED_USER",
            "demo/users/alice" => "UserID:alice",
            "demo/groups/crew" => "GroupID:crew",
            _ => "ThingID:sensor-1",
        }
    }

    /// Subjects, sorted and each once.
    fn set(subjects: &[&'static str]) -> Vec<&'static str> {
        let mut subjects = subjects.to_vec();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    fn default_of_bucket(self) -> Value {
        let (home, creator, anybody) = (self.inhabitant(), self.home.creator, "UserID:ANONYMOUS_USER");
        let all = match self.home.scope {
            "demo" => vec![home],
            _ => Self::set(&[home, creator]),
        };
        let reads = if self.home.scope == "demo" { Self::set(&[home, anybody]) } else { all.clone() };
        let drops = if self.home.scope == "demo/groups/crew" { vec![creator] } else { all.clone() };
        json!({
            "CREATE_OBJECTS_IN_BUCKET": all, "DROP_BUCKET_WITH_ALL_CONTENT": drops,
            "QUERY_OBJECTS_IN_BUCKET": reads, "READ_OBJECTS_IN_BUCKET": reads,
        })
    }

    /// The ACL that nobody has changed, as items have it.
    pub fn default(self) -> Value {
        let (home, creator) = (self.inhabitant(), self.home.creator);
        match (self.kind, self.home.scope) {
            (Kind::Scope, _) => json!({"CREATE_NEW_BUCKET": [home]}),
            (Kind::Bucket, _) => self.default_of_bucket(),
            (Kind::Object, "demo") => {
                json!({
                    "READ_EXISTING_OBJECT": Self::set(&[home, "UserID:ANONYMOUS_USER"]), "WRITE_EXISTING_OBJECT": [home],
                })
            }
            (Kind::Object, _) => {
                let both = Self::set(&[home, creator]);
                json!({"READ_EXISTING_OBJECT": both, "WRITE_EXISTING_OBJECT": both})
            }
        }
    }

    /// The ACL that is stored, or `None` where the default is in force.
    pub async fn stored(self, stage: &Stage) -> Option<Value> {
        let item = match self.kind {
            Kind::Scope => stage.item(self.home.scope, "acl").await,
            Kind::Bucket => stage.item(self.home.scope, "bucket/notes").await,
            Kind::Object => stage.found().await,
        };
        item.and_then(|item| item.get("acl").cloned())
    }
}

/// An ACL as answers show it, from the form of items.
pub fn shown(acl: &Value) -> Value {
    let subject = |text: &Value| {
        let (kind, id) = text.as_str().and_then(|text| text.split_once(':')).expect("a subject");
        match kind {
            "UserID" => json!({"userID": id}),
            "GroupID" => json!({"groupID": id}),
            "ThingID" => json!({"thingID": id}),
            other => panic!("{other} is no kind of subject"),
        }
    };
    let list = |subjects: &Value| subjects.as_array().expect("a list").iter().map(subject).collect::<Vec<_>>();
    acl.as_object().expect("an ACL").iter().map(|(verb, subjects)| (verb.clone(), json!(list(subjects)))).collect()
}
