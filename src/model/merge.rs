//! Merging a change into an object, on text: no number and no escape is rewritten (contract, section 7.3).

use std::collections::HashMap;

use super::document::{Document, InvalidDocument};
use super::json::{self, Object};

/// How a change is merged into an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Kii's: objects are merged at every level, everything else is replaced, and `null` is stored.
    Kii,
    /// JSON Merge Patch (RFC 7396): the same, except that `null` removes a member.
    Patch,
}

/// The object after the change. Members that were there keep their place, new ones follow.
pub fn merge(object: &Document, change: &Document, how: Merge) -> Result<Document, InvalidDocument> {
    let mut merged = String::with_capacity(object.as_str().len() + change.as_str().len());
    merge_objects(object.as_str(), change.as_str(), how, &mut merged).map_err(InvalidDocument::Syntax)?;
    Document::merged(merged)
}

/// Appends the merger of two objects to `out`.
fn merge_objects(object: &str, change: &str, how: Merge, out: &mut String) -> Result<(), json::SyntaxError> {
    let (object, change) = (json::object(object)?, json::object(change)?);
    let mut changes: HashMap<&str, &str> =
        change.members.iter().map(|member| (&*member.name, change.part(&member.value))).collect();
    let mut members = Members::begin(out);
    for member in &object.members {
        let name = name_of(&object, member);
        let old = object.part(&member.value);
        match changes.remove(&*member.name) {
            None => members.next(name).push_str(old),
            Some("null") if how == Merge::Patch => {}
            Some(new) if is_object(new) && is_object(old) => merge_objects(old, new, how, members.next(name))?,
            Some(new) => add(name, new, how, &mut members)?,
        }
    }
    for member in &change.members {
        if let Some(new) = changes.remove(&*member.name) {
            add(name_of(&change, member), new, how, &mut members)?;
        }
    }
    members.end();
    Ok(())
}

/// Adds a member with a value that replaces another or is new. By RFC 7396, an object comes without its nulls.
fn add(name: &str, value: &str, how: Merge, members: &mut Members<'_>) -> Result<(), json::SyntaxError> {
    match how {
        Merge::Patch if value == "null" => Ok(()),
        Merge::Patch if is_object(value) => merge_objects("{}", value, how, members.next(name)),
        Merge::Patch | Merge::Kii => {
            members.next(name).push_str(value);
            Ok(())
        }
    }
}

fn is_object(value: &str) -> bool {
    value.starts_with('{')
}

/// The name of a member as it is written, with its quotes and the colon.
fn name_of<'a>(object: &'a Object<'_>, member: &json::Member<'_>) -> &'a str {
    object.part(&(member.span.start..member.value.start))
}

/// An object that is being written.
struct Members<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Members<'a> {
    fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    /// Begins a member; its value is to be appended.
    fn next(&mut self, name: &str) -> &mut String {
        if !self.is_empty {
            self.out.push(',');
        }
        self.is_empty = false;
        self.out.push_str(name);
        self.out
    }

    fn end(self) {
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(object: &str, change: &str) -> [String; 2] {
        let parse = |text: &str| Document::parse(text.as_bytes()).unwrap();
        [Merge::Kii, Merge::Patch].map(|how| merge(&parse(object), &parse(change), how).unwrap().as_str().to_owned())
    }

    #[test]
    fn the_examples_of_rfc_7396_come_out_as_it_says() {
        for (object, change, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            assert_eq!(merged(object, change)[1], result, "{object} {change}");
        }
    }

    #[test]
    fn kiis_merge_stores_null_and_a_merge_patch_removes_by_it() {
        let object = r#"{"a":1,"b":[1,null]}"#;
        assert_eq!(merged(object, r#"{"a":null}"#), [r#"{"a":null,"b":[1,null]}"#, r#"{"b":[1,null]}"#]);
        assert_eq!(merged("{}", r#"{"a":{"b":null}}"#), [r#"{"a":{"b":null}}"#, r#"{"a":{}}"#]);
        assert_eq!(merged(r#"{"a":1}"#, r#"{"a":{"b":null}}"#), [r#"{"a":{"b":null}}"#, r#"{"a":{}}"#]);
    }

    #[test]
    fn objects_are_merged_at_every_level_in_place_and_nothing_is_rewritten() {
        let object = r#"{"a":{"x":1.0,"y":{"z":1e400}},"\u0062":"\u0041","c":[{"d":1}]}"#;
        let change = r#"{"c":[{"e":2}],"a":{"y":{"w":-0},"v":2},"b":"\/","d":0.10}"#;
        let result = r#"{"a":{"x":1.0,"y":{"z":1e400,"w":-0},"v":2},"\u0062":"\/","c":[{"e":2}],"d":0.10}"#;
        assert_eq!(merged(object, change), [result; 2]);
    }

    #[test]
    fn a_dot_in_a_name_is_a_letter() {
        assert_eq!(merged(r#"{"a":{"b":1}}"#, r#"{"a.b":2}"#), [r#"{"a":{"b":1},"a.b":2}"#; 2]);
    }

    #[test]
    fn a_result_is_as_large_as_an_object_may_be() {
        let of = |name: &str, length: usize| {
            Document::parse(format!("{{\"{name}\":\"{}\"}}", "x".repeat(length)).as_bytes()).unwrap()
        };
        let fits = merge(&of("a", 32_000), &of("b", 65_534 - 32_000 - 16 + 1), Merge::Kii);
        assert_eq!(fits.map(|merged| merged.as_str().len()), Ok(65_534));
        let too_large = merge(&of("a", 32_000), &of("b", 65_534 - 32_000 - 16 + 2), Merge::Kii);
        assert_eq!(too_large, Err(InvalidDocument::TooLarge(65_534)));
    }
}
