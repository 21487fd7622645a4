//! Items as they stand in the tables, to and from what they mean (protocol: items).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{self, Item};
use crate::model::acl::Acl;
use crate::model::app::{App, Issuer, StoredAppKey};
use crate::model::bucket::{Bucket, BucketPath, BucketState, Generation, Vacancy, Writer};
use crate::model::id::AppId;
use crate::model::idempotency::Fingerprint;
use crate::model::object::{Name, NewObject, Version};

/// An item that does not hold what its kind has to hold.
#[derive(Debug, thiserror::Error)]
#[error("attribute {attribute} is missing or cannot be read")]
pub struct Unreadable {
    attribute: &'static str,
}

/// A bucket that is to be made.
pub struct NewBucket {
    /// What its objects are kept under.
    pub generation: Generation,
    /// Its default ACL.
    pub acl: Acl,
    /// Who makes it.
    pub creator: String,
    /// When, in milliseconds since 1970 UTC.
    pub created: u64,
}

/// A scope's ACL as it is stored.
pub struct ScopeAcl {
    /// The ACL; `None` if it cannot be read.
    pub acl: Option<Acl>,
    /// Who wrote the item last.
    pub writer: Writer,
    /// How often the item was written.
    pub version: Version,
}

/// What an object's item says of the create that made it.
pub struct FirstAnswer {
    /// The fingerprint of its request, if that had an idempotency key.
    pub fingerprint: Option<Fingerprint>,
    /// When the object was created, in milliseconds since 1970 UTC.
    pub created: u64,
    /// Who wrote the item last.
    pub writer: Writer,
}

/// The item of a new object.
pub fn object(path: &BucketPath, generation: &Generation, object: &NewObject, writer: &Writer) -> Item {
    let mut item = keys::object(path, generation, &object.id_in(generation));
    stamp(&mut item, writer, Version::FIRST);
    item.extend([
        ("content".to_owned(), text(object.document.as_str())),
        ("data_type".to_owned(), text(object.data_type.as_str())),
        ("owner".to_owned(), text(&object.owner)),
        ("created".to_owned(), number(object.created)),
        ("modified".to_owned(), number(object.created)),
    ]);
    if let Name::Key(_, fingerprint) = &object.name {
        item.insert("fingerprint".to_owned(), AttributeValue::B(Blob::new(fingerprint.as_bytes())));
    }
    item
}

/// What the item of an object says of the create that made it.
pub fn first_answer(item: &Item) -> Result<FirstAnswer, Unreadable> {
    let (writer, _) = stamped(item)?;
    let fingerprint = item.get("fingerprint").map(|value| {
        let bytes = value.as_b().ok().and_then(|bytes| bytes.as_ref().try_into().ok());
        bytes.map(Fingerprint::stored).ok_or(Unreadable { attribute: "fingerprint" })
    });
    Ok(FirstAnswer { fingerprint: fingerprint.transpose()?, created: read_number(item, "created")?, writer })
}

/// The item of a new bucket.
pub fn bucket(path: &BucketPath, bucket: &NewBucket, writer: &Writer, version: Version) -> Item {
    let mut item = keys::bucket(path);
    stamp(&mut item, writer, version);
    item.extend(of_bucket(bucket));
    item
}

/// The attributes of a new bucket, without its key and who wrote it.
pub fn of_bucket(bucket: &NewBucket) -> Item {
    Item::from([
        ("generation".to_owned(), text(bucket.generation.as_str())),
        ("acl".to_owned(), acl(&bucket.acl)),
        ("creator".to_owned(), text(&bucket.creator)),
        ("created".to_owned(), number(bucket.created)),
    ])
}

/// What the item under a bucket's key says.
pub fn bucket_state(item: Option<&Item>) -> Result<BucketState, Unreadable> {
    let Some(item) = item else {
        return Ok(BucketState::Vacant(Vacancy::Unused));
    };
    let (writer, version) = stamped(item)?;
    if item.contains_key("dropped") {
        return Ok(BucketState::Vacant(Vacancy::Dropped { writer, version }));
    }
    let generation = read_text(item, "generation").ok().and_then(Generation::parse);
    Ok(BucketState::Live(Bucket {
        generation: generation.ok_or(Unreadable { attribute: "generation" })?,
        acl: read_acl(item),
        writer,
        version,
    }))
}

/// A scope's ACL out of its item.
pub fn scope_acl(item: &Item) -> Result<ScopeAcl, Unreadable> {
    let (writer, version) = stamped(item)?;
    Ok(ScopeAcl { acl: read_acl(item), writer, version })
}

/// The attributes of an app, without its key and who wrote it.
pub fn of_app(app: &App) -> Result<Item, serde_json::Error> {
    let keys = app.keys.iter().map(|key| {
        let digest = AttributeValue::B(Blob::new(key.digest));
        AttributeValue::M([("digest".to_owned(), digest), ("created".to_owned(), number(key.created))].into())
    });
    Ok(Item::from([
        ("status".to_owned(), text(if app.disabled { DISABLED } else { ENABLED })),
        ("keys".to_owned(), AttributeValue::L(keys.collect())),
        ("issuers".to_owned(), AttributeValue::S(serde_json::to_string(&app.issuers)?)),
    ]))
}

/// An app out of its item.
pub fn read_app(item: &Item) -> Result<App, Unreadable> {
    let (writer, version) = stamped(item)?;
    let id = AppId::parse(read_text(item, keys::APP)?).map_err(|_| Unreadable { attribute: keys::APP })?;
    let disabled = match read_text(item, "status")? {
        ENABLED => false,
        DISABLED => true,
        _ => return Err(Unreadable { attribute: "status" }),
    };
    let keys = item.get("keys").and_then(|keys| keys.as_l().ok()).ok_or(Unreadable { attribute: "keys" })?;
    let keys: Option<Vec<StoredAppKey>> = keys.iter().map(read_app_key).collect();
    let issuers: Vec<Issuer> =
        serde_json::from_str(read_text(item, "issuers")?).map_err(|_| Unreadable { attribute: "issuers" })?;
    Ok(App { id, disabled, keys: keys.ok_or(Unreadable { attribute: "keys" })?, issuers, writer, version })
}

const ENABLED: &str = "enabled";
const DISABLED: &str = "disabled";

/// The end of the year 9999 in milliseconds since 1970 UTC. Later times have no usual form (RFC 3339).
const END_OF_TIME: u64 = 253_402_300_799_999;

fn read_app_key(key: &AttributeValue) -> Option<StoredAppKey> {
    let key = key.as_m().ok()?;
    let digest = key.get("digest")?.as_b().ok()?.as_ref().try_into().ok()?;
    let created = read_number(key, "created").ok().filter(|created| *created <= END_OF_TIME)?;
    Some(StoredAppKey { digest, created })
}

/// The attribute form of an ACL: a map from verbs to sets of subjects.
pub fn acl(acl: &Acl) -> AttributeValue {
    let subjects = |subjects: &BTreeSet<String>| AttributeValue::Ss(subjects.iter().cloned().collect());
    AttributeValue::M(acl.entries().iter().map(|(verb, set)| (verb.clone(), subjects(set))).collect())
}

/// The ACL of an item; `None` if it is missing or no map. Of a map, what is no set of texts grants nothing.
fn read_acl(item: &Item) -> Option<Acl> {
    let entries = item.get("acl")?.as_m().ok()?;
    let entries = entries.iter().filter_map(|(verb, subjects)| {
        let subjects = subjects.as_ss().ok()?;
        Some((verb.clone(), subjects.iter().cloned().collect()))
    });
    Some(Acl::from_entries(entries.collect::<BTreeMap<String, BTreeSet<String>>>()))
}

/// Marks an item as written by `writer`.
pub fn stamp(item: &mut Item, writer: &Writer, version: Version) {
    item.insert("writer".to_owned(), text(writer.as_str()));
    item.insert("version".to_owned(), number(version.0));
}

/// Who wrote an item last, and how often it was written.
pub fn stamped(item: &Item) -> Result<(Writer, Version), Unreadable> {
    Ok((Writer::stored(read_text(item, "writer")?), Version(read_number(item, "version")?)))
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn read_text<'a>(item: &'a Item, attribute: &'static str) -> Result<&'a str, Unreadable> {
    item.get(attribute).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(Unreadable { attribute })
}

fn read_number(item: &Item, attribute: &'static str) -> Result<u64, Unreadable> {
    let value = item.get(attribute).and_then(|value| value.as_n().ok());
    value.and_then(|value| value.parse().ok()).ok_or(Unreadable { attribute })
}
