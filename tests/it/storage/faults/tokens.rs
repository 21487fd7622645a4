//! The ways of issuing, using and revoking opaque tokens, and how the tables are checked after them.

use pail_testing::{Act, Answer, Call, Installation, Items, NOW, bucket_item, callers};
use serde_json::{Value, json};

use super::ways::{BATCH, Caller, Event, GET, NEXT, Operation, PUT, State, UPDATE, Way};
use crate::tokens::stage::{demo, exchange, of_backend, partition, request, revocation, revoked, token_item};

/// What a request does with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A client asks for a token.
    Issue,
    /// The same with a wrong secret.
    IssueWrongly,
    /// Gives [`TOKEN`] for another one.
    Exchange,
    Revoke,
    /// Creates an object.
    Use,
    /// Uses it where only the token says whose bucket is meant, so that it is read first. There is no such bucket.
    UseAsMe,
}

/// What the tables have of [`TOKEN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    Nothing,
    Good,
    Revoked,
    /// It has expired, and DynamoDB has not yet removed it.
    Expired,
}

/// The token of the requests.
const TOKEN: &str = "pail_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// How long the item of a revoked token has to stay at least, in seconds: the latest attempt of its put comes after 15 minutes.
const AT_LEAST: u64 = 16 * 60;

impl Errand {
    /// The request with its credentials.
    pub fn request(self) -> Call {
        match self {
            Self::Issue => of_backend(),
            Self::IssueWrongly => request(json!({"client_id": "backend", "client_secret": "x".repeat(40)})),
            Self::Exchange => exchange(TOKEN, json!({})),
            Self::Revoke => revocation(TOKEN),
            Self::Use => Call::create("demo", "notes").bearer(TOKEN),
            Self::UseAsMe => Call::bucket("GET", "demo/users/me", "notes").bearer(TOKEN),
        }
    }

    /// Whether each request makes something new.
    pub fn makes_anew(self) -> bool {
        matches!(self, Self::Issue | Self::Exchange | Self::Use)
    }
}

/// An app with clients, a bucket, and what is stored of the token.
pub async fn prepare(installation: &Installation, stored: Stored) {
    installation.put_app(demo()).await;
    let signed_in = json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    installation.put(bucket_item("demo", "notes", &signed_in)).await;
    let good = |expires: u64| token_item("demo", TOKEN, expires);
    match stored {
        Stored::Nothing => {}
        Stored::Good => installation.put(good(NOW / 1000 + 600)).await,
        Stored::Revoked => installation.put(revoked(good(NOW / 1000 + 600))).await,
        Stored::Expired => installation.put(good(NOW / 1000)).await,
    }
}

/// Somebody else who holds the token revokes it.
pub fn they_revoke(installation: &Installation) -> Act {
    let rival = installation.rival();
    Act::after(move || rival.gets(revocation(TOKEN), &[200]))
}

/// DynamoDB removes the token.
pub fn it_expires(installation: &Installation) -> Act {
    let direct = installation.direct();
    Act::after(move || async move {
        direct.delete("objects", &json!({"pk": {"S": partition("demo", TOKEN)}, "sk": {"S": "token"}})).await;
    })
}

/// The items of tokens but [`TOKEN`].
fn others(items: &Items) -> Vec<&Value> {
    let is_token = |item: &Value| item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("/tokens/"));
    items.values().filter(|item| is_token(item) && item["pk"]["S"] != partition("demo", TOKEN)).collect()
}

fn own(items: &Items) -> Option<&Value> {
    items.values().find(|item| item["pk"]["S"] == partition("demo", TOKEN))
}

fn objects(items: &Items) -> Vec<&Value> {
    items.values().filter(|item| item.get("content").is_some()).collect()
}

/// Compares the tables after a request with a fault with its answer.
pub fn check(errand: Errand, way: Way, answer: &Answer, before: &Items, after: &Items) {
    check_repeated(errand, way, answer, before, after);
    assert!(others(after).len() + objects(after).len() <= 1, "it has made more than one thing");
    if way.events.is_empty() && answer.status >= 400 && answer.status != 503 {
        assert_eq!(before, after, "{}, and it has written", answer.status);
    }
}

/// Checks the tables after a request whose earlier attempt may have taken effect.
pub fn check_repeated(errand: Errand, way: Way, answer: &Answer, before: &Items, after: &Items) {
    let made = others(after).len() + objects(after).len();
    assert!(errand.makes_anew() || made == 0, "it has made {made} things");
    let others_write = |event: Event| way.events.iter().any(|(_, other)| *other == event);
    match (own(before), own(after)) {
        (None, after) => assert_eq!(after, None, "a token that was not there"),
        (Some(before), Some(after)) if before != after => {
            assert!(errand == Errand::Revoke || others_write(Event::TheyRevoke), "{after}");
            let mut expected = before.clone();
            expected["revoked"] = json!({"N": NOW.to_string()});
            expected["expires"] = after["expires"].clone();
            assert_eq!(*after, expected, "a revocation changes nothing else");
            let expires = after["expires"]["N"].as_str().and_then(|seconds| seconds.parse::<u64>().ok());
            assert!(expires.is_some_and(|expires| expires >= NOW / 1000 + AT_LEAST), "{after}");
        }
        (Some(_), Some(_)) => {}
        (Some(_), None) => assert!(others_write(Event::ItExpires), "the token is gone"),
    }
    match (errand, answer.status) {
        (Errand::Issue | Errand::Exchange, 200) => {
            let key = partition("demo", &answer.text("access_token"));
            let issued: Vec<&Value> = others(after).into_iter().filter(|item| item["pk"]["S"] == key).collect();
            let [issued] = issued[..] else { panic!("the token is not stored: {answer:?}") };
            assert_eq!(issued.get("revoked"), None, "{issued}");
        }
        (Errand::Revoke, 200) => {
            assert!(own(after).is_none_or(|item| item.get("revoked").is_some()), "{after:?}");
        }
        (Errand::Use, 201) => {
            let id = answer.text("objectID");
            let object = objects(after).into_iter().find(|object| object["sk"]["S"] == id).expect("the object");
            assert_eq!(object["owner"]["S"], "UserID:alice");
        }
        (_, 200..300) => panic!("{errand:?} was answered by {answer:?}"),
        _ => assert!(!answer.body.contains("pail_"), "{answer:?}"),
    }
}

const fn row(errand: Errand, name: &'static str, stored: Stored, calls: &'static [&'static str], status: u16) -> Way {
    Way {
        operation: Operation::Token(errand),
        name,
        state: State::Token(stored),
        caller: Caller::OfTheRequest,
        calls,
        status,
        status_without_event: status,
        status_of_repetition: status,
        ..NEXT
    }
}

const fn meanwhile(way: Way, name: &'static str, events: &'static [(usize, Event)]) -> Way {
    Way { name, events, ..way }
}

const REVOKED: &[(usize, Event)] = &[(1, Event::TheyRevoke)];

pub const WAYS: [Way; 20] = [
    row(Errand::Issue, "to a client", Stored::Nothing, &[BATCH, PUT], 200),
    row(Errand::IssueWrongly, "wrong secret", Stored::Nothing, &[BATCH], 400),
    row(Errand::Exchange, "good", Stored::Good, &[BATCH, PUT], 200),
    meanwhile(row(Errand::Exchange, "", Stored::Good, &[BATCH, PUT], 200), "revoked by another", REVOKED),
    row(Errand::Exchange, "revoked", Stored::Revoked, &[BATCH], 400),
    row(Errand::Exchange, "expired", Stored::Expired, &[BATCH], 400),
    row(Errand::Exchange, "no token", Stored::Nothing, &[BATCH], 400),
    row(Errand::Revoke, "good", Stored::Good, &[BATCH, UPDATE], 200),
    meanwhile(row(Errand::Revoke, "", Stored::Good, &[BATCH, UPDATE], 200), "revoked by another", REVOKED),
    meanwhile(
        row(Errand::Revoke, "", Stored::Expired, &[BATCH, UPDATE], 200),
        "removed by DynamoDB",
        &[(1, Event::ItExpires)],
    ),
    row(Errand::Revoke, "expired", Stored::Expired, &[BATCH, UPDATE], 200),
    row(Errand::Revoke, "revoked", Stored::Revoked, &[BATCH], 200),
    row(Errand::Revoke, "no token", Stored::Nothing, &[BATCH], 200),
    row(Errand::Use, "good", Stored::Good, &[BATCH, PUT], 201),
    meanwhile(row(Errand::Use, "", Stored::Good, &[BATCH, PUT], 201), "revoked by another", REVOKED),
    row(Errand::Use, "revoked", Stored::Revoked, &[BATCH], 403),
    row(Errand::Use, "expired", Stored::Expired, &[BATCH], 403),
    row(Errand::UseAsMe, "good", Stored::Good, &[GET, BATCH], 404),
    meanwhile(row(Errand::UseAsMe, "", Stored::Good, &[GET, BATCH], 404), "revoked by another", REVOKED),
    row(Errand::UseAsMe, "revoked", Stored::Revoked, &[GET, BATCH], 403),
];

/// The tests' issuer is the one that the tokens of [`token_item`] rest on.
#[test]
fn the_app_has_what_the_token_rests_on() {
    assert!(demo().issuers.iter().any(|issuer| issuer.issuer == callers::ISSUER));
}
