//! A test for each of the protocol's safeguards for drops and for changes of ACLs, which fails without that safeguard
//! (protocol: what goes wrong otherwise).

use pail_testing::fixtures::{GENERATION, object_item, with_version};
use pail_testing::{Act, Answer, Call, Installation, bucket_item, callers, items};
use serde_json::{Value, json};

const ID: &str = "the-object";
const UPDATE: &str = "UpdateItem";
const TRANSACT: &str = "TransactWriteItems";
/// The methods that change an existing object.
const WRITES: [&str; 3] = ["PUT", "PATCH", "DELETE"];

/// Whose ACL: the path below the app, its item, and a verb.
#[derive(Clone, Copy, Debug)]
struct Place {
    path: &'static str,
    item: (&'static str, &'static str),
    verb: &'static str,
}

const SCOPE: Place = Place { path: "", item: ("demo", "acl"), verb: "CREATE_NEW_BUCKET" };
const BUCKET: Place =
    Place { path: "/buckets/notes", item: ("demo", "bucket/notes"), verb: "DROP_BUCKET_WITH_ALL_CONTENT" };
const OBJECT: Place = Place {
    path: "/buckets/notes/objects/the-object",
    item: ("demo/notes:0123456789abcdef0123456789abcdef", ID),
    verb: "WRITE_EXISTING_OBJECT",
};
const PLACES: [Place; 3] = [SCOPE, BUCKET, OBJECT];

impl Place {
    /// The administrator grants (PUT) or revokes (DELETE) a user's entry.
    fn entry(self, method: &str, user: &str) -> Call {
        let path = format!("/api/apps/demo{}/acl/{}/UserID:{user}", self.path, self.verb);
        administrator(Call::object(method, "demo", "notes", ID).path(&path))
    }

    async fn stored(self, installation: &Installation) -> Value {
        installation.item(self.item.0, self.item.1).await.unwrap_or_default()
    }

    /// Whether the stored ACL has an entry for a user.
    async fn names(self, installation: &Installation, user: &str) -> bool {
        let subjects = self.stored(installation).await["acl"]["M"][self.verb]["SS"].clone();
        subjects.as_array().is_some_and(|subjects| subjects.contains(&json!(format!("UserID:{user}"))))
    }
}

fn administrator(call: Call) -> Call {
    call.bearer(&callers::administrator("root"))
}

/// A request about the bucket, by its administrator.
fn bucket(method: &str) -> Call {
    administrator(Call::bucket(method, "demo", "notes"))
}

/// A request for the object, by a user.
fn object(method: &str, user: &str) -> Call {
    let call = Call::object(method, "demo", "notes", ID).bearer(&callers::user(user));
    if ["PUT", "PATCH"].contains(&method) { call.body(r#"{"new":true}"#) } else { call }
}

/// An installation in which `bob` is named in each ACL, with an object by `alice`.
async fn installation() -> Installation {
    let installation = Installation::start().await;
    let entries = |place: Place| json!({place.verb: ["UserID:bob"]});
    installation.put_scope_acl("demo", entries(SCOPE)).await;
    let mut of_bucket = entries(BUCKET);
    of_bucket["CREATE_OBJECTS_IN_BUCKET"] = json!(["UserID:ANY_AUTHENTICATED_USER"]);
    installation.put(bucket_item("demo", "notes", &of_bucket)).await;
    let mut item = with_version(object_item("demo", "notes", ID, r#"{"old":true}"#), 3);
    item["acl"] = items::acl(&entries(OBJECT));
    installation.put(item).await;
    installation
}

/// The generation of the bucket, if there is one.
async fn generation(installation: &Installation) -> Option<String> {
    let bucket = BUCKET.stored(installation).await;
    let generation = bucket["generation"]["S"].as_str().map(str::to_owned);
    generation.filter(|_| bucket.get("dropped").is_none())
}

/// The generations that have a marker.
async fn markers(installation: &Installation) -> Vec<String> {
    let markers = installation.partition("/garbage").await;
    markers.iter().map(|marker| marker["sk"]["S"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Other clients' requests in sequence, just before a call takes effect.
fn after<const N: usize>(installation: &Installation, requests: [Call; N]) -> Act {
    let rivals = requests.map(|request| (installation.rival(), request));
    Act::after(move || async move {
        for (rival, request) in rivals {
            rival.succeeds(request).await;
        }
    })
}

fn is(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.error_code().as_str()), (status, code), "{answer:?}");
}

/// Safeguard: `writer` in the condition of an ACL change.
#[tokio::test]
async fn a_change_of_an_acl_loses_no_other_change() {
    for place in PLACES {
        let installation = installation().await;
        installation.wire.plan(UPDATE, [after(&installation, [place.entry("PUT", "carol")])]);
        is(&installation.answer(&place.entry("PUT", "dave")).await, 204, "");
        for user in ["bob", "carol", "dave"] {
            assert!(place.names(&installation, user).await, "{place:?} has lost {user}");
        }
        installation.wire.plan(UPDATE, [after(&installation, [place.entry("DELETE", "carol")])]);
        is(&installation.answer(&place.entry("DELETE", "dave")).await, 204, "");
        assert!(!place.names(&installation, "carol").await, "{place:?}: what was revoked is back");
    }
}

/// Safeguard: `writer` in the condition of an ACL change, and a new one with each change.
#[tokio::test(start_paused = true)]
async fn a_change_of_an_acl_is_applied_once() {
    for place in PLACES {
        // The grant takes effect, and is revoked before its next attempt.
        let installation = installation().await;
        let (rival, revoke) = (installation.rival(), place.entry("DELETE", "carol"));
        installation.wire.plan(UPDATE, [Act::lose_reply_after(move || rival.succeeds(revoke))]);
        is(&installation.answer(&place.entry("PUT", "carol")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
        assert!(!place.names(&installation, "carol").await, "{place:?}: what was revoked is back");
    }
    for place in PLACES {
        // The same with a late attempt.
        let installation = installation().await;
        installation.wire.plan(UPDATE, [Act::Hold]);
        is(&installation.answer(&place.entry("PUT", "carol")).await, 204, "");
        installation.rival().succeeds(place.entry("DELETE", "carol")).await;
        let before = place.stored(&installation).await;
        installation.wire.deliver_held().await;
        assert_eq!(place.stored(&installation).await, before, "{place:?}: what was revoked is back");
    }
}

/// Safeguard: recognising our own `writer` after an ACL change.
#[tokio::test(start_paused = true)]
async fn a_change_of_an_acl_whose_reply_was_lost_is_known_again() {
    for place in PLACES {
        for (method, user) in [("PUT", "carol"), ("DELETE", "bob")] {
            let installation = installation().await;
            installation.wire.plan(UPDATE, [Act::Cut, Act::HangAfter, Act::LoseReply]);
            is(&installation.answer(&place.entry(method, user)).await, 204, "");
            assert_eq!(place.names(&installation, user).await, method == "PUT", "{place:?}");
        }
    }
}

/// Safeguard: an ACL change with a new `writer`, which is in the condition of every write of the object.
#[tokio::test(start_paused = true)]
async fn a_write_that_was_judged_by_an_entry_that_was_revoked_does_not_land() {
    for method in WRITES {
        let installation = installation().await;
        let etag = installation.answer(&administrator(object("GET", "bob"))).await.header("etag").to_owned();
        installation.wire.plan(UPDATE, [after(&installation, [OBJECT.entry("DELETE", "bob")])]);
        is(&installation.answer(&object(method, "bob")).await, 401, "UNAUTHORIZED");
        let item = OBJECT.stored(&installation).await;
        assert_eq!(
            (&item["content"]["S"], &item["version"]["N"]),
            (&json!(r#"{"old":true}"#), &json!("3")),
            "{method}"
        );
        let saved = installation.answer(&administrator(object("PUT", "bob")).header("If-Match", &etag)).await;
        assert_eq!(saved.status, 200, "an ACL change gives the object no new version: {saved:?}");
    }
    for method in WRITES {
        // The same with a late attempt.
        let installation = installation().await;
        installation.wire.always(UPDATE, || Act::Hold);
        is(&installation.answer(&object(method, "bob")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
        installation.wire.forget_plans();
        installation.rival().succeeds(OBJECT.entry("DELETE", "bob")).await;
        let before = OBJECT.stored(&installation).await;
        installation.wire.deliver_held().await;
        assert_eq!(OBJECT.stored(&installation).await, before, "{method}");
    }
}

/// Safeguard: rights again in each round of an ACL change.
#[tokio::test]
async fn a_change_of_an_acl_is_judged_again_when_others_have_made_the_thing_anew() {
    let installation = installation().await;
    let grant = OBJECT.entry("PUT", "carol").bearer(&callers::user("alice"));
    let anew = [object("DELETE", "bob"), object("PUT", "carol")];
    installation.wire.plan(UPDATE, [after(&installation, anew)]);
    is(&installation.answer(&grant).await, 401, "UNAUTHORIZED");
    assert_eq!(OBJECT.stored(&installation).await.get("acl"), None, "carol's object has its default ACL");

    // In the scope of a group, whoever has made a bucket may change its ACL.
    let installation = Installation::start().await;
    let group = |call: Call, user: &str| call.bearer(&callers::member(user, &["crew"]));
    let notes = |method: &str, user: &str| group(Call::bucket(method, "demo/groups/crew", "notes"), user);
    installation.rival().succeeds(notes("PUT", "alice")).await;
    let anew = [notes("DELETE", "alice"), notes("PUT", "bob")];
    installation.wire.plan(UPDATE, [after(&installation, anew)]);
    let path = "/api/apps/demo/groups/crew/buckets/notes/acl/READ_OBJECTS_IN_BUCKET/UserID:zoe";
    is(&installation.answer(&notes("PUT", "alice").path(path)).await, 401, "UNAUTHORIZED");
    let bucket = installation.item("demo/groups/crew", "bucket/notes").await.expect("the bucket");
    assert_eq!((&bucket["creator"]["S"], &bucket["version"]["N"]), (&json!("UserID:bob"), &json!("3")));
    assert!(!bucket.to_string().contains("zoe"), "{bucket}");
}

/// Safeguard: `writer` in the condition of a drop, and the marker in its transaction.
#[tokio::test(start_paused = true)]
async fn a_drop_that_was_judged_by_an_acl_that_is_gone_does_not_land_and_leaves_no_marker() {
    let drop = bucket("DELETE").bearer(&callers::user("bob"));
    let installation = installation().await;
    installation.wire.plan(TRANSACT, [after(&installation, [BUCKET.entry("DELETE", "bob")])]);
    is(&installation.answer(&drop).await, 401, "UNAUTHORIZED");
    assert_eq!(generation(&installation).await.as_deref(), Some(GENERATION));
    assert_eq!(markers(&installation).await, Vec::<String>::new(), "the sweep would empty a live bucket");
    // The same with a late attempt.
    installation.rival().succeeds(BUCKET.entry("PUT", "bob")).await;
    installation.wire.always(TRANSACT, || Act::Hold);
    is(&installation.answer(&drop).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
    installation.wire.forget_plans();
    installation.rival().succeeds(BUCKET.entry("DELETE", "bob")).await;
    let before = installation.items().await;
    installation.wire.deliver_held().await;
    assert_eq!(installation.items().await, before);
}

/// Safeguard: rights again in each round of a drop, which goes on if they are still there.
#[tokio::test]
async fn a_drop_goes_on_when_only_the_acl_has_changed() {
    let installation = installation().await;
    installation.wire.plan(TRANSACT, [after(&installation, [BUCKET.entry("PUT", "carol")])]);
    is(&installation.answer(&bucket("DELETE").bearer(&callers::user("bob"))).await, 204, "");
    assert_eq!((generation(&installation).await, markers(&installation).await), (None, vec![GENERATION.to_owned()]));
}

/// Safeguard: any condition on the bucket that was seen.
#[tokio::test(start_paused = true)]
async fn of_two_drops_with_a_new_bucket_between_them_the_second_never_takes_the_new_one() {
    let anew = || [bucket("DELETE"), bucket("PUT")];
    let grant = BUCKET.entry("PUT", "carol");
    for making in [bucket("PUT"), grant] {
        let installation = installation().await;
        installation.wire.plan(TRANSACT, [after(&installation, [bucket("DELETE"), making])]);
        is(&installation.answer(&bucket("DELETE")).await, 404, "BUCKET_NOT_FOUND");
        let new = generation(&installation).await.expect("the new bucket");
        assert_ne!(new, GENERATION);
        assert_eq!(markers(&installation).await, [GENERATION]);
    }
    // The same with late attempts.
    let installation = installation().await;
    installation.wire.always(TRANSACT, || Act::Hold);
    is(&installation.answer(&bucket("DELETE")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
    installation.wire.forget_plans();
    for request in anew() {
        installation.rival().succeeds(request).await;
    }
    let before = installation.items().await;
    installation.wire.deliver_held().await;
    assert_eq!(installation.items().await, before);
}

/// Safeguard: recognising our own drop. DynamoDB usually does that by the transaction's token.
#[tokio::test(start_paused = true)]
async fn a_drop_whose_reply_was_lost_is_known_again() {
    // The answer to a further attempt at a transaction whose token DynamoDB no longer knows.
    let refused = |installation: &Installation| {
        let engine = installation.wire.emulator().engine();
        Act::alter(move |request, _| {
            let update = &request["TransactItems"][0]["Update"];
            let get = json!({"TableName": "objects", "Key": update["Key"]}).to_string();
            let (_, reply) = engine.answer("DynamoDB_20120810.GetItem", get.as_bytes());
            let item = serde_json::from_str::<Value>(&reply).expect("JSON")["Item"].clone();
            let Act::Answer(status, body) =
                Act::cancelled(json!([{"Code": "ConditionalCheckFailed", "Item": item}, {"Code": "None"}]))
            else {
                unreachable!()
            };
            (status, body)
        })
    };
    for number in 0..4 {
        let installation = installation().await;
        let acts = match number {
            0 => vec![Act::LoseReply],
            1 => vec![Act::HangAfter, Act::conflict()],
            2 => vec![Act::LoseReply, refused(&installation)],
            _ => vec![Act::Cut, Act::LoseReply, Act::conflict()],
        };
        installation.wire.plan(TRANSACT, acts);
        is(&installation.answer(&bucket("DELETE")).await, 204, "");
        assert_eq!(BUCKET.stored(&installation).await["version"]["N"], "2", "case {number}");
        assert_eq!(markers(&installation).await, [GENERATION], "case {number}");
    }
}

/// Safeguard: 503 when the outcome of a drop is unknown.
#[tokio::test(start_paused = true)]
async fn a_drop_after_which_another_was_answered_is_503_if_it_may_have_been_first() {
    for makes_anew in [false, true] {
        let installation = installation().await;
        let meanwhile = if makes_anew {
            after(&installation, [bucket("DELETE"), bucket("PUT")])
        } else {
            after(&installation, [bucket("DELETE")])
        };
        installation.wire.plan(TRANSACT, [Act::Cut, meanwhile]);
        is(&installation.answer(&bucket("DELETE")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
        assert_eq!(generation(&installation).await.is_some(), makes_anew);
        assert_eq!(markers(&installation).await, [GENERATION]);
    }
    // The drop takes effect, and somebody makes the bucket anew before it knows.
    let installation = installation().await;
    let (rival, make) = (installation.rival(), bucket("PUT"));
    let taken = Act::lose_reply_after(move || rival.succeeds(make));
    installation.wire.plan(TRANSACT, [taken, Act::conflict()]);
    is(&installation.answer(&bucket("DELETE")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
    assert!(generation(&installation).await.is_some_and(|generation| generation != GENERATION));
}

/// Safeguard: the marker in the drop's transaction.
#[tokio::test(start_paused = true)]
async fn a_drop_that_ends_at_any_moment_has_left_mark_and_marker_or_neither() {
    let acts: [(fn() -> Act, bool); 4] =
        [(|| Act::Hang, false), (|| Act::Cut, false), (|| Act::HangAfter, true), (|| Act::LoseReply, true)];
    for (act, lands) in acts {
        let installation = installation().await;
        installation.wire.always(TRANSACT, act);
        // A marker by a call of its own would not arrive.
        for operation in ["PutItem", UPDATE] {
            installation.wire.always(operation, || Act::Cut);
        }
        is(&installation.answer(&bucket("DELETE")).await, 503, "TEMPORARY_UNAVAILABLE_ERROR");
        assert_eq!(generation(&installation).await.is_none(), lands);
        assert_eq!(markers(&installation).await.len(), usize::from(lands));
    }
    // A request that is refused leaves none.
    let installation = installation().await;
    is(&installation.answer(&bucket("DELETE").bearer(&callers::user("carol"))).await, 401, "UNAUTHORIZED");
    assert_eq!(markers(&installation).await, Vec::<String>::new());
}

/// Safeguard: a fresh token of the transaction in each round, and the same one for all attempts of a round.
#[tokio::test(start_paused = true)]
async fn each_round_of_a_drop_is_a_transaction_of_its_own() {
    let installation = installation().await;
    let changed = after(&installation, [BUCKET.entry("PUT", "carol")]);
    installation.wire.plan(TRANSACT, [Act::Cut, Act::conflict(), changed, Act::Cut, Act::LoseReply]);
    is(&installation.answer(&bucket("DELETE")).await, 204, "");
    let sent = installation.wire.take_sent().into_iter().filter(|sent| sent.operation == TRANSACT);
    let tokens: Vec<String> = sent.map(|sent| sent.body["ClientRequestToken"].to_string()).collect();
    let [first, .., last] = &tokens[..] else { panic!("{tokens:?}") };
    assert_ne!(first, last, "DynamoDB refuses a known token with other content");
    assert_eq!(tokens, [first, first, first, last, last, last].map(String::clone));
}
