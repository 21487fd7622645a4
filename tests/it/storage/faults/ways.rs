//! The ways that a create can take: which calls it makes, in which state of the tables, and what meanwhile.

use serde_json::json;

use pail_testing::fixtures::{dropped, with_version};
use pail_testing::{Act, Call, Installation, bucket_item, callers};

/// One way. Together they make every call that a create can make, in every place where it can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The bucket is there.
    Next,
    NextWithKey,
    /// The same request was answered before.
    Replay,
    /// The key was used for another request.
    Reused,
    /// The bucket may not be added to.
    DeniedByBucket,
    /// The batch leaves the app out at first.
    Unprocessed,
    /// There is no bucket.
    First,
    FirstWithKey,
    FirstOverDropped,
    /// There is no bucket, and none may be made.
    DeniedByScope,
    /// Somebody else makes the bucket first.
    LostRace,
    /// It is the same request, sent twice, that makes the bucket first.
    LostRaceToItself,
    /// Somebody else makes the bucket first, and its ACL says no.
    DeniedAfterLostRace,
    /// The transaction meets another one that comes to nothing.
    Conflict,
    /// The transaction meets the one that makes the bucket.
    ConflictWithWinner,
}

/// What tells the objects of the request in question from those of others.
pub const MINE: &str = r#"{"whose":"mine"}"#;
const THEIRS: &str = r#"{"whose":"theirs"}"#;

impl Way {
    pub const ALL: [Self; 15] = [
        Self::Next,
        Self::NextWithKey,
        Self::Replay,
        Self::Reused,
        Self::DeniedByBucket,
        Self::Unprocessed,
        Self::First,
        Self::FirstWithKey,
        Self::FirstOverDropped,
        Self::DeniedByScope,
        Self::LostRace,
        Self::LostRaceToItself,
        Self::DeniedAfterLostRace,
        Self::Conflict,
        Self::ConflictWithWinner,
    ];

    /// Its calls, if nothing fails.
    pub fn calls(self) -> &'static [&'static str] {
        match self {
            Self::DeniedByBucket => &["BatchGetItem"],
            Self::Next | Self::NextWithKey | Self::Replay | Self::Reused => &["BatchGetItem", "PutItem"],
            Self::Unprocessed => &["BatchGetItem", "BatchGetItem", "PutItem"],
            Self::DeniedByScope => &["BatchGetItem", "GetItem"],
            Self::First | Self::FirstWithKey | Self::FirstOverDropped | Self::DeniedAfterLostRace => {
                &["BatchGetItem", "GetItem", "TransactWriteItems"]
            }
            Self::LostRace | Self::LostRaceToItself => &["BatchGetItem", "GetItem", "TransactWriteItems", "PutItem"],
            Self::Conflict => &["BatchGetItem", "GetItem", "TransactWriteItems", "GetItem", "TransactWriteItems"],
            Self::ConflictWithWinner => &["BatchGetItem", "GetItem", "TransactWriteItems", "GetItem", "PutItem"],
        }
    }

    /// The answer, if nothing fails: its status, and whether it is a replay.
    pub fn answer(self) -> (u16, bool) {
        match self {
            Self::DeniedByBucket | Self::DeniedByScope | Self::DeniedAfterLostRace => (401, false),
            Self::Reused => (422, false),
            Self::Replay | Self::LostRaceToItself => (201, true),
            _ => (201, false),
        }
    }

    /// The request.
    pub fn request(self) -> Call {
        let call = Call::create("demo", "notes").body(MINE);
        let alice = call.clone().bearer(&callers::user("alice"));
        match self {
            Self::DeniedAfterLostRace | Self::DeniedByScope => call.basic("demo", "demo-key"),
            Self::NextWithKey | Self::Replay | Self::Reused | Self::FirstWithKey | Self::LostRaceToItself => {
                alice.key("the-key")
            }
            _ => alice,
        }
    }

    /// An installation in the state in which the request goes this way.
    pub async fn installation(self) -> Installation {
        let installation = Installation::start().await;
        let signed_in = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
        match self {
            Self::Next | Self::NextWithKey | Self::Unprocessed => {
                installation.put_bucket("demo", "notes", signed_in).await;
            }
            Self::Replay => {
                installation.created(&self.request()).await;
            }
            Self::Reused => {
                installation.created(&self.request().body(THEIRS)).await;
            }
            Self::DeniedByBucket => installation.put_bucket("demo", "notes", json!({})).await,
            Self::FirstOverDropped => {
                let bucket = with_version(bucket_item("demo", "notes", &json!({})), 6);
                installation.put(dropped(bucket)).await;
            }
            Self::DeniedAfterLostRace => {
                installation.put_scope_acl("demo", json!({"CREATE_NEW_BUCKET": ["UserID:ANONYMOUS_USER"]})).await;
            }
            _ => {}
        }
        installation
    }

    /// Every call of every way.
    pub fn every_call() -> impl Iterator<Item = (Self, usize)> {
        Self::ALL.into_iter().flat_map(|way| (0..way.calls().len()).map(move |call| (way, call)))
    }

    /// What becomes of a call, by its place, when it is let through: what belongs to the way happens once.
    pub fn acts(self, installation: &Installation) -> impl FnMut(usize) -> Act + Send + use<> {
        let mut acts: Vec<Option<Act>> =
            (0..self.calls().len()).map(|call| Some(self.act(call, installation))).collect();
        move |call| acts.get_mut(call).and_then(Option::take).unwrap_or(Act::Pass)
    }

    fn act(self, call: usize, installation: &Installation) -> Act {
        let rival = |request: Call| {
            let rival = installation.rival();
            Act::after(move || rival.creates(request))
        };
        let theirs = self.request().without("idempotency-key").body(THEIRS);
        match (self, call) {
            (Self::Unprocessed, 0) => Act::unprocessed(&["apps"]),
            (Self::LostRace | Self::DeniedAfterLostRace, 1) | (Self::ConflictWithWinner, 3) => rival(theirs),
            (Self::LostRaceToItself, 1) => rival(self.request()),
            (Self::Conflict | Self::ConflictWithWinner, 2) => Act::conflict(),
            _ => Act::Pass,
        }
    }
}
