//! Keys of items: no two resources have the same key, whatever their names are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use pail::model::bucket::BucketPath;
use pail::model::id::{AppId, BucketId, GroupId, ObjectId, ThingId, UserId};
use pail::model::scope::{Scope, ScopeOwner};
use pail::model::stamp::Generation;
use pail::store::keys::{self, Item};

use pail_testing::{Random, cases, figure};

/// Names that are similar, or that are special in a key.
const NAMES: [&str; 28] = [
    "a",
    "aa",
    "a-",
    "-a",
    "a.",
    ".a",
    "...",
    "a.a",
    "a_a",
    "A",
    "acl",
    "bucket",
    "buckets",
    "users",
    "groups",
    "things",
    "objects",
    "apps",
    "bucket-acl",
    "00000000000000000000000000000000",
    "00000000-0000-4000-8000-000000000000",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "bucket:00000000000000000000000000000000",
    "users:a",
    "a|a",
    "a:a",
    "did:key:a",
];

/// All resources so far, by key: the text of the key, and of the resource.
#[derive(Default)]
struct Keys(HashMap<String, String>);

impl Keys {
    /// Records the key of a resource. Panics if another resource has the same key.
    fn note(&mut self, table: &str, key: &Item, resource: String) {
        let part = |name: &str| key.get(name).map(|value| value.as_s().expect("a text").as_str());
        let parts = match table {
            "apps" => [part(keys::APP), None],
            _ => [part(keys::PARTITION), part(keys::SORT)],
        };
        assert_eq!(key.len(), parts.iter().flatten().count(), "{key:?}");
        // DynamoDB's limits.
        assert!(parts[0].is_some_and(|partition| (1..=2048).contains(&partition.len())), "{key:?}");
        assert!(parts[1].is_none_or(|sort| (1..=1024).contains(&sort.len())), "{key:?}");
        match self.0.entry(format!("{table}\n{}\n{}", parts[0].unwrap_or_default(), parts[1].unwrap_or_default())) {
            Entry::Vacant(entry) => drop(entry.insert(resource)),
            Entry::Occupied(entry) => assert_eq!(*entry.get(), resource, "share the key {key:?}"),
        }
    }

    /// Records an app, a scope's ACL, a bucket and an object.
    fn note_all(&mut self, scope: &Scope, bucket: &BucketId, generation: &Generation, object: &ObjectId) {
        let owner = match &scope.owner {
            ScopeOwner::App => String::new(),
            ScopeOwner::User(id) => format!("u{id}"),
            ScopeOwner::Group(id) => format!("g{id}"),
            ScopeOwner::Thing(id) => format!("t{id}"),
        };
        // No name contains a blank.
        let (app, generation_text) = (&scope.app, generation.as_str());
        let path = BucketPath { scope: scope.clone(), bucket: bucket.clone() };
        self.note("apps", &keys::app(app), format!("app {app}"));
        self.note("objects", &keys::scope_acl(scope), format!("acl {app} {owner}"));
        self.note("objects", &keys::bucket(&path), format!("bucket {app} {owner} {bucket}"));
        let key = keys::object(&path, generation, object);
        self.note("objects", &key, format!("object {app} {owner} {bucket} {generation_text} {object}"));
    }
}

/// A name from the list, or a short one of few characters, so that many are similar.
fn name(random: &mut Random) -> String {
    if random.below(2) == 0 {
        return (*random.pick(&NAMES)).to_owned();
    }
    let long = if random.below(20) == 0 { 128 } else { 6 };
    (0..=random.below(long)).map(|_| char::from(*random.pick(b"aAb01.-_|:@+=~,"))).collect()
}

/// The first name that is valid for this kind of ID.
fn named<Id>(random: &mut Random, parse: impl Fn(&str) -> Option<Id>) -> Id {
    loop {
        if let Some(id) = parse(&name(random)) {
            return id;
        }
    }
}

fn scope(random: &mut Random) -> Scope {
    let app = named(random, |text| AppId::parse(text).ok());
    let owner = match random.below(4) {
        0 => ScopeOwner::App,
        1 => ScopeOwner::User(named(random, |text| UserId::parse(text).ok())),
        2 => ScopeOwner::Group(named(random, |text| GroupId::parse(text).ok())),
        _ => ScopeOwner::Thing(named(random, |text| ThingId::parse(text).ok())),
    };
    Scope { app, owner }
}

/// Bits that are often equal.
fn bits(random: &mut Random) -> u128 {
    match random.below(4) {
        0 => 0,
        1 => random.below(3) as u128,
        2 => u128::MAX >> random.below(128),
        _ => random.bits(),
    }
}

#[test]
fn no_two_random_resources_share_a_key() {
    let number = figure(20_000, 1_000_000);
    let (mut keys, mut ran) = (Keys::default(), 0);
    for (_case, mut random) in cases(number) {
        let (scope, bucket) = (scope(&mut random), named(&mut random, |text| BucketId::parse(text).ok()));
        let (generation, object) = (Generation::new(bits(&mut random)), ObjectId::random(bits(&mut random)));
        keys.note_all(&scope, &bucket, &generation, &object);
        ran += 1;
    }
    // Most of them differ in the object, and many in the bucket.
    assert!(ran < number || keys.0.len() > number, "only {} keys", keys.0.len());
}

#[test]
fn no_two_resources_with_similar_names_share_a_key() {
    let mut owners = vec![ScopeOwner::App];
    for name in NAMES {
        owners.extend(UserId::parse(name).map(ScopeOwner::User));
        owners.extend(GroupId::parse(name).map(ScopeOwner::Group));
        owners.extend(ThingId::parse(name).map(ScopeOwner::Thing));
    }
    let buckets: Vec<BucketId> = NAMES.iter().filter_map(|name| BucketId::parse(name).ok()).collect();
    let apps: Vec<AppId> = NAMES.iter().filter_map(|name| AppId::parse(name).ok()).collect();
    assert_eq!((apps.len(), owners.len(), buckets.len()), (22, 74, 14), "names of each kind");
    let mut keys = Keys::default();
    for app in &apps {
        for owner in &owners {
            let scope = Scope { app: app.clone(), owner: owner.clone() };
            for bucket in &buckets {
                keys.note_all(&scope, bucket, &Generation::new(0), &ObjectId::random(0));
            }
        }
    }
    assert_eq!(keys.0.len(), 22 + 22 * 74 * (1 + 2 * 14));
}

/// A text of these characters, or a word that is special in a key.
fn wide(random: &mut Random, characters: &[u8], lengths: std::ops::RangeInclusive<usize>, words: &[&str]) -> String {
    if random.below(4) == 0 {
        return (*random.pick(words)).to_owned();
    }
    // Mostly short and of few characters, so that many are similar.
    let longest = if random.below(20) == 0 { *lengths.end() } else { lengths.start() + 4 };
    let length = lengths.start() + random.below(longest - lengths.start() + 1);
    let few = &characters[characters.len() - 8..];
    let characters = if random.below(2) == 0 { few } else { characters };
    (0..length).map(|_| char::from(*random.pick(characters))).collect()
}

/// The product's key for placeholder IDs, in which these are then replaced by IDs with the widest patterns.
fn with_ids(key: &Item, ids: &[(&str, &str)]) -> (String, String) {
    let part = |name: &str| {
        let text = key.get(name).expect("a part of the key").as_s().expect("a text").as_str();
        ids.iter().fold(text.to_owned(), |text, (stands, id)| {
            assert!(text.matches(stands).count() <= 1, "{stands} in {text}");
            text.replace(stands, id)
        })
    };
    (part(keys::PARTITION), part(keys::SORT))
}

/// Whatever the kind of an owner, its ID may be as wide as a user's here. No ID contains a `/`, and no bucket ID contains
/// a `:`.
#[test]
fn no_two_random_resources_with_wider_ids_share_a_key() {
    const OBJECT: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.acbu";
    const OWNER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:|@+=~,a0:";
    const GENERATIONS: [u128; 3] = [0, 7, u128::MAX];
    let generations = GENERATIONS.map(|bits| Generation::new(bits).as_str().to_owned());
    let mut owners = vec!["acl".to_owned(), "bucket".to_owned(), "groups".to_owned(), "notes".to_owned()];
    for generation in &generations {
        owners.extend([generation.clone(), format!("groups:{generation}"), format!(":{generation}")]);
    }
    let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
    let objects: Vec<&str> =
        ["acl", "bucket", "users", "groups", "things", "00000000-0000-4000-8000-000000000000"].into();
    let buckets: [&str; 6] = ["groups", "acl", "bucket", "notes", "apps", "objects"];
    let app = AppId::parse("app").expect("an ID");
    let number = figure(20_000, 1_000_000);
    let (mut known, mut ran) = (HashMap::<(String, String), String>::new(), 0);
    for (_case, mut random) in cases(number) {
        let owner = wide(&mut random, OWNER, 1..=128, &owners);
        let object = wide(&mut random, OBJECT, 2..=100, &objects);
        let (kind, scope_owner) = match random.below(4) {
            0 => ("", ScopeOwner::App),
            1 => ("user", ScopeOwner::User(UserId::parse("OWNER").expect("an ID"))),
            2 => ("group", ScopeOwner::Group(GroupId::parse("OWNER").expect("an ID"))),
            _ => ("thing", ScopeOwner::Thing(ThingId::parse("OWNER").expect("an ID"))),
        };
        let bucket = BucketId::parse(random.text(&buckets)).expect("an ID");
        let generation = Generation::new(*random.pick(&GENERATIONS));
        let path = BucketPath { scope: Scope { app: app.clone(), owner: scope_owner }, bucket: bucket.clone() };
        let stand_in = ObjectId::random(1);
        let ids = [("OWNER", owner.as_str()), (stand_in.as_str(), object.as_str())];
        let owner = if kind.is_empty() { "" } else { owner.as_str() };
        for (key, resource) in [
            (keys::scope_acl(&path.scope), format!("acl {kind} {owner}")),
            (keys::bucket(&path), format!("bucket {kind} {owner} {bucket}")),
            (
                keys::object(&path, &generation, &stand_in),
                format!("object {kind} {owner} {bucket} {} {object}", generation.as_str()),
            ),
        ] {
            let key = with_ids(&key, &ids);
            let before = known.entry(key.clone()).or_insert_with(|| resource.clone());
            assert_eq!(*before, resource, "share the key {key:?}");
        }
        ran += 1;
    }
    assert!(ran < number || known.len() > number, "only {} keys", known.len());
}

/// The partition of the bucket `groups` begins like the scopes of groups.
#[test]
fn objects_of_a_bucket_named_groups_share_no_key_with_a_group_named_like_its_generation() {
    let app = AppId::parse("demo").expect("an ID");
    let generation = Generation::new(0xa);
    let buckets = BucketPath {
        scope: Scope { app: app.clone(), owner: ScopeOwner::App },
        bucket: BucketId::parse("groups").expect("an ID"),
    };
    let group = GroupId::parse(generation.as_str()).expect("an ID of 32 hexadecimal digits");
    let scope = Scope { app, owner: ScopeOwner::Group(group) };
    let partition = |key: &Item| key.get(keys::PARTITION).expect("a part").as_s().expect("a text").clone();
    let of_objects = partition(&keys::object(&buckets, &generation, &ObjectId::random(1)));
    assert_ne!(of_objects, partition(&keys::scope_acl(&scope)));
    let in_group = BucketPath { scope, bucket: buckets.bucket.clone() };
    assert_ne!(of_objects, partition(&keys::bucket(&in_group)));
    assert_ne!(of_objects, partition(&keys::object(&in_group, &generation, &ObjectId::random(1))));
}
