//! Attributes of items, written and read.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::failure::Unreadable;
use super::keys::Item;
use crate::model::acl::Acl;
use crate::model::stamp::{Stamp, Version, Writer};

/// A string.
pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A number.
pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Bytes.
pub(super) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// An ACL: a map from verbs to sets of subjects.
pub(super) fn acl(acl: &Acl) -> AttributeValue {
    let subjects = |subjects: &BTreeSet<String>| AttributeValue::Ss(subjects.iter().cloned().collect());
    AttributeValue::M(acl.entries().iter().map(|(verb, set)| (verb.clone(), subjects(set))).collect())
}

/// The attributes that say who wrote an item last.
pub(super) fn stamp(writer: &Writer, version: Version) -> [(String, AttributeValue); 2] {
    [("writer".to_owned(), text(writer.as_str())), ("version".to_owned(), number(version.0))]
}

/// Reads a string.
pub(super) fn read_text<'a>(item: &'a Item, attribute: &'static str) -> Result<&'a str, Unreadable> {
    item.get(attribute).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or(Unreadable { attribute })
}

/// Reads a number.
pub(super) fn read_number(item: &Item, attribute: &'static str) -> Result<u64, Unreadable> {
    let value = item.get(attribute).and_then(|value| value.as_n().ok());
    value.and_then(|value| value.parse().ok()).ok_or(Unreadable { attribute })
}

/// Reads a SHA-256.
pub(super) fn read_digest(item: &Item, attribute: &'static str) -> Result<[u8; 32], Unreadable> {
    let bytes = item.get(attribute).and_then(|value| value.as_b().ok());
    bytes.and_then(|bytes| bytes.as_ref().try_into().ok()).ok_or(Unreadable { attribute })
}

/// Reads an ACL; `None` if it is missing or no map. An entry of the map that is no set of strings grants nothing.
pub(super) fn read_acl(item: &Item) -> Option<Acl> {
    let entries = item.get("acl")?.as_m().ok()?;
    let entries = entries.iter().filter_map(|(verb, subjects)| {
        let subjects = subjects.as_ss().ok()?;
        Some((verb.clone(), subjects.iter().cloned().collect()))
    });
    Some(Acl::from_entries(entries.collect::<BTreeMap<String, BTreeSet<String>>>()))
}

/// Reads who wrote an item last.
pub(super) fn read_stamp(item: &Item) -> Result<Stamp, Unreadable> {
    Ok(Stamp { writer: Writer::stored(read_text(item, "writer")?), version: Version(read_number(item, "version")?) })
}
