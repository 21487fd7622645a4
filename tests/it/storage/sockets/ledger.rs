//! All kinds of requests that create objects, their allowed outcomes, and a comparison with the tables.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use pail_testing::{Answer, Call, Installation, NOW, Random, callers};

/// A request and its allowed outcomes.
pub struct Errand {
    /// A unique number in the body.
    pub number: usize,
    pub call: Call,
    /// The scope of the path, followed by the bucket.
    bucket: String,
    /// The owner of its object.
    owner: String,
    /// The allowed statuses in addition to 503.
    pub allowed: &'static [u16],
    /// Whether the request may be repeated.
    pub has_key: bool,
}

/// The last answer to a request.
pub struct Outcome {
    pub errand: Errand,
    pub answer: Answer,
}

const CREATED: &[u16] = &[201];
/// Anonymous callers may create the bucket, but not objects in the existing bucket, so only the first one gets 201.
const FIRST_ONLY: &[u16] = &[201, 401];

/// Writes the items that the errands need.
pub async fn prepare(installation: &Installation) {
    let anonymous = json!(["UserID:ANONYMOUS_USER"]);
    installation.put_scope_acl("demo/groups/inn", json!({"CREATE_NEW_BUCKET": anonymous})).await;
    installation.put_bucket("demo", "open", json!({"CREATE_OBJECTS_IN_BUCKET": anonymous})).await;
    installation.put_bucket("demo", "locked", json!({})).await;
}

/// Creates errands, with tokens that are signed once.
pub struct Errands {
    users: Vec<(String, String)>,
    member: String,
    thing: String,
    administrator: String,
}

impl Errands {
    pub fn new() -> Self {
        Self {
            users: ["alice", "bob", "carol", "dave", "eve"].map(|id| (id.to_owned(), callers::user(id))).into(),
            member: callers::member("mary", &["crew"]),
            thing: callers::thing("sensor-1"),
            administrator: callers::administrator("root"),
        }
    }

    /// The errand with this number. Buckets with names from the number get some dozens of objects, the first ones
    /// concurrently.
    pub fn errand(&self, number: usize, random: &mut Random) -> Errand {
        let (user, token) = random.pick(&self.users);
        let by_user = |call: Call| call.bearer(token);
        let anonymous = |call: Call| call.basic("demo", "demo-key");
        let user_owns = format!("UserID:{user}");
        let (fresh, shared) = (format!("fresh-{}", number / 60), format!("shared-{}", number / 16 % 8));
        let own = format!("demo/users/{user}");
        // In this order: the path's scope, the scope, the bucket, the caller, the owner, the allowed statuses.
        let (path, scope, bucket, call, owner, allowed): (&str, &str, &str, &dyn Fn(Call) -> Call, &str, _) =
            match number % 16 {
                0..=3 => ("demo", "demo", &shared, &by_user, &user_owns, CREATED),
                4 | 5 => ("demo", "demo", &fresh, &by_user, &user_owns, CREATED),
                6 => ("demo/users/me", &own, &fresh, &by_user, &user_owns, CREATED),
                7 => {
                    let group = "demo/groups/crew";
                    (group, group, &fresh, &|call: Call| call.bearer(&self.member), "UserID:mary", CREATED)
                }
                8 => {
                    let thing = "demo/things/sensor-1";
                    (thing, thing, &fresh, &|call: Call| call.bearer(&self.thing), "ThingID:sensor-1", CREATED)
                }
                9 => (&own, &own, &shared, &|call: Call| call.bearer(&self.administrator), "AdminID:root", CREATED),
                10 => ("demo", "demo", "open", &anonymous, "UserID:ANONYMOUS_USER", CREATED),
                11 => {
                    let inn = "demo/groups/inn";
                    (inn, inn, &fresh, &anonymous, "UserID:ANONYMOUS_USER", FIRST_ONLY)
                }
                12 => ("demo", "demo", "locked", &by_user, "", &[401]),
                13 => ("demo", "demo", "never-made", &anonymous, "", &[401]),
                14 if (number / 16).is_multiple_of(2) => {
                    ("demo", "demo", &shared, &|call: Call| call.bearer("x.y.z"), "", &[403])
                }
                14 => ("demo", "demo", &shared, &|call: Call| call.basic("demo", "another-key"), "", &[401]),
                _ => ("nowhere", "nowhere", &shared, &|call: Call| call.basic("nowhere", "key"), "", &[404]),
            };
        let text: String = (0..random.below(200)).map(|_| *random.pick(&['a', '"', '\\', 'é', '%', ' '])).collect();
        let has_key = allowed == CREATED && random.below(4) == 0;
        let mut call = call(Call::create(path, bucket).body(json!({"number": number, "text": text}).to_string()));
        if has_key {
            call = call.key(&format!("key-{number}"));
        }
        Errand { number, call, bucket: format!("{scope}/{bucket}"), owner: owner.to_owned(), allowed, has_key }
    }
}

/// Compares the tables with the answers: I1 to I6.
pub fn check(items: &BTreeMap<String, Value>, outcomes: &[Outcome]) {
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    let (mut generations, mut objects) = (HashMap::new(), HashMap::<usize, Vec<&Value>>::new());
    for item in items.values() {
        if item.get("generation").is_some() {
            let bucket = format!("{}/{}", text(item, "pk"), text(item, "sk").replace("bucket/", ""));
            assert_eq!(item["version"]["N"], "1", "written twice: {item}");
            generations.insert(bucket, (text(item, "generation"), text(item, "creator")));
        } else if item.get("content").is_some() {
            let content: Value = serde_json::from_str(&text(item, "content")).expect("what is stored is whole");
            let number = content["number"].as_u64().expect("a number");
            objects.entry(number.try_into().expect("a number of ours")).or_default().push(item);
        }
    }
    let mut makers = HashMap::<&str, Vec<&str>>::new();
    for Outcome { errand, answer } in outcomes {
        let what = format!("{:?} was answered {answer:?}", errand.call);
        let found = objects.remove(&errand.number).unwrap_or_default();
        let may_be_there = errand.allowed.contains(&201);
        assert!(answer.status == 503 || errand.allowed.contains(&answer.status), "not explained: {what}");
        match answer.status {
            201 => assert_eq!(found.len(), 1, "lost or duplicated: {what}"),
            503 => assert!(found.len() <= usize::from(may_be_there), "duplicated or not allowed: {what}"),
            _ => assert!(found.is_empty(), "refused, and written: {what}"),
        }
        for object in found {
            let (generation, _) = generations.get(&errand.bucket).unwrap_or_else(|| panic!("no bucket: {what}"));
            assert_eq!(whole(errand, generation, object), *object, "{what}");
            if answer.status == 201 {
                assert_eq!(object["sk"]["S"], answer.text("objectID"), "{what}");
                assert_eq!(answer.json()["createdAt"], NOW, "{what}");
            }
        }
        if may_be_there {
            makers.entry(&errand.bucket).or_default().push(&errand.owner);
        }
    }
    assert!(objects.is_empty(), "no request created these objects: {objects:?}");
    for (bucket, (_, creator)) in &generations {
        // The tests' own buckets have another creator.
        let made = makers.get(bucket.as_str()).is_some_and(|makers| makers.contains(&creator.as_str()));
        assert!(made || creator == "UserID:somebody", "{bucket} was created by {creator}");
    }
}

/// The expected item of the object. Random and derived attributes are taken from `found`.
fn whole(errand: &Errand, generation: &str, found: &Value) -> Value {
    let mut item = json!({
        "pk": {"S": format!("{}:{generation}", errand.bucket)},
        "sk": found["sk"],
        "content": {"S": String::from_utf8_lossy(&errand.call.body)},
        "data_type": {"S": "application/json"},
        "owner": {"S": errand.owner},
        "created": {"N": NOW.to_string()},
        "modified": {"N": NOW.to_string()},
        "entries": {"M": {}},
        "writer": found["writer"],
        "version": {"N": "1"},
    });
    if errand.has_key {
        item["fingerprint"] = found["fingerprint"].clone();
    }
    item
}
