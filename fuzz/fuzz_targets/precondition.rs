//! Header lines with conditions: reading them causes no panic, and gives the same as a second, naive reader that
//! follows the contract (section 1.5).

#![no_main]

use libfuzzer_sys::fuzz_target;
use pail::http::headers::Headers;
use pail::http::precondition::{known, of_delete, of_write};
use pail::http::refusal::Refusal;
use pail::model::precondition::{Precondition, Unmet};
use pail::model::stamp::Version;
use pail::operation::object::get::Known;

/// The value of a field.
#[derive(Clone, PartialEq)]
enum Field {
    Missing,
    Malformed,
    Star,
    /// The tags in it that are versions.
    Tags(Vec<u64>),
}

fuzz_target!(|text: &str| {
    let mut headers = Headers::default();
    let mut values = [Vec::new(), Vec::new()];
    for line in text.split('\n') {
        let (name, value) = line.split_once(':').unwrap_or(("if-match", line));
        headers.push(name, value);
        for (known, values) in ["if-match", "if-none-match"].iter().zip(&mut values) {
            if name.to_ascii_lowercase() == **known {
                values.push(value);
            }
        }
    }
    let [is, is_none] = values.map(|values| if values.is_empty() { Field::Missing } else { read(&values.join(",")) });
    let on_write = expected(&is, &is_none);
    assert_eq!(refused(of_write(&headers)), on_write);
    let without = |found| if found == Precondition::Absent { Precondition::None } else { found };
    assert_eq!(refused(of_delete(&headers)), on_write.clone().map(without));
    let on_get = match &is_none {
        Field::Star => Known::Any,
        Field::Tags(versions) => Known::These(versions.iter().copied().map(Version).collect()),
        Field::Missing | Field::Malformed => Known::These(Vec::new()),
    };
    assert_eq!(known(&headers), on_get);
    if let Ok(precondition) = on_write {
        for version in [None, Some(1), Some(2), Some(3), Some(10), Some(u64::MAX)] {
            assert_eq!(
                precondition.check(version.map(Version).as_ref()),
                outcome(&is, &is_none, version),
                "{version:?}"
            );
        }
    }
});

/// A field's value: elements between the commas outside quotes, without the empty ones.
fn read(value: &str) -> Field {
    let (mut elements, mut is_quoted) = (vec![String::new()], false);
    for character in value.chars() {
        is_quoted ^= character == '"';
        match elements.last_mut() {
            Some(last) if is_quoted || character != ',' => last.push(character),
            _ => elements.push(String::new()),
        }
    }
    let blank = |character: char| character == ' ' || character == '\t';
    let elements: Vec<&str> = elements.iter().map(|element| element.trim_matches(blank)).collect();
    let elements: Vec<&str> = elements.into_iter().filter(|element| !element.is_empty()).collect();
    if value.trim_matches(blank) == "*" {
        return Field::Star;
    }
    let tags: Option<Vec<&str>> = elements.iter().map(|element| tag(element)).collect();
    match tags {
        Some(tags) if !tags.is_empty() => Field::Tags(tags.into_iter().filter_map(version).collect()),
        _ => Field::Malformed,
    }
}

/// What is inside a tag: `"3"`, `W/"3"` or a bare `3`.
fn tag(element: &str) -> Option<&str> {
    let strong = element.strip_prefix("W/").unwrap_or(element);
    if let Some(inside) = strong.strip_prefix('"') {
        let inside = inside.strip_suffix('"')?;
        return (!inside.contains(|letter: char| letter == '"' || letter == ' ' || letter.is_control()))
            .then_some(inside);
    }
    (!element.contains(|letter: char| !letter.is_ascii_alphanumeric() && !"-._~".contains(letter))).then_some(element)
}

/// The version of this `ETag`, if it is spelled as Pail spells it.
fn version(tag: &str) -> Option<u64> {
    tag.parse().ok().filter(|version: &u64| *version > 0 && version.to_string() == tag)
}

/// The contract's table: the precondition of a write, or the name of the invalid field.
fn expected(is: &Field, is_none: &Field) -> Result<Precondition<Version>, &'static str> {
    match (is, is_none) {
        (Field::Malformed, _) => Err("If-Match"),
        (_, Field::Malformed | Field::Tags(_)) => Err("If-None-Match"),
        (Field::Star | Field::Tags(_), Field::Star) => Err("If-None-Match"),
        (Field::Missing, Field::Star) => Ok(Precondition::Absent),
        (Field::Missing, Field::Missing) => Ok(Precondition::None),
        (Field::Star, Field::Missing) => Ok(Precondition::Exists),
        (Field::Tags(versions), Field::Missing) => {
            Ok(Precondition::Is(versions.iter().copied().map(Version).collect()))
        }
    }
}

/// The same table: the outcome of a write over an object of this version, or over none.
fn outcome(is: &Field, is_none: &Field, version: Option<u64>) -> Result<(), Unmet> {
    let is_there = version.is_some();
    if *is_none == Field::Star && is_there {
        return Err(Unmet::Exists);
    }
    match (is, version) {
        (Field::Missing, _) => Ok(()),
        (_, None) => Err(Unmet::Missing),
        (Field::Tags(versions), Some(version)) if !versions.contains(&version) => Err(Unmet::Stale),
        _ => Ok(()),
    }
}

/// A refusal by the field that it names.
fn refused(read: Result<Precondition<Version>, Refusal>) -> Result<Precondition<Version>, &'static str> {
    read.map_err(|refusal| match refusal {
        Refusal::InvalidInput { field, .. } => field,
        other => panic!("{other:?}"),
    })
}
