//! The header fields `If-Match` and `If-None-Match` (RFC 9110, section 13.1; contract, sections 7.1 and 7.5).

use super::headers::Headers;
use super::refusal::{Refusal, Result};
use crate::model::acl_change::AclTag;
use crate::model::precondition::Precondition;
use crate::model::stamp::Version;
use crate::operation::object::get::Known;

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";

/// What a condition names.
enum Tags<T> {
    /// `*`.
    Any,
    /// Tags, parsed. Those that Pail never gives are left out, as they match nothing.
    These(Vec<T>),
}

/// The precondition of a PUT or PATCH of an object.
pub fn of_write(headers: &Headers<'_>) -> Result<Precondition<Version>> {
    of(headers, version)
}

/// The precondition of a PUT of an ACL.
pub fn of_acl(headers: &Headers<'_>) -> Result<Precondition<AclTag>> {
    of(headers, AclTag::parse)
}

fn of<T>(headers: &Headers<'_>, parse: fn(&str) -> Option<T>) -> Result<Precondition<T>> {
    match (tags(headers, IF_MATCH, parse)?, tags(headers, IF_NONE_MATCH, parse)?) {
        (None, None) => Ok(Precondition::None),
        (Some(Tags::These(tags)), None) => Ok(Precondition::Is(tags)),
        (Some(Tags::Any), None) => Ok(Precondition::Exists),
        (None, Some(Tags::Any)) => Ok(Precondition::Absent),
        (None, Some(Tags::These(_))) => Err(invalid(IF_NONE_MATCH, "on a write it can only be *")),
        (Some(_), Some(_)) => Err(invalid(IF_NONE_MATCH, "it does not go together with If-Match")),
    }
}

/// The precondition of a DELETE, for which `If-None-Match: *` means nothing.
pub fn of_delete(headers: &Headers<'_>) -> Result<Precondition<Version>> {
    match of_write(headers)? {
        Precondition::Absent => Ok(Precondition::None),
        precondition @ (Precondition::None | Precondition::Is(_) | Precondition::Exists) => Ok(precondition),
    }
}

/// The versions that the client of a GET has. A malformed field is ignored.
pub fn known(headers: &Headers<'_>) -> Known {
    match tags(headers, IF_NONE_MATCH, version) {
        Ok(Some(Tags::Any)) => Known::Any,
        Ok(Some(Tags::These(versions))) => Known::These(versions),
        Ok(None) | Err(_) => Known::These(Vec::new()),
    }
}

/// Parses a field. Its values are joined, as a gateway would.
fn tags<T>(headers: &Headers<'_>, field: &'static str, parse: fn(&str) -> Option<T>) -> Result<Option<Tags<T>>> {
    let values = headers.values(field);
    if values.is_empty() {
        return Ok(None);
    }
    let malformed = || invalid(field, "it is * or a list of entity tags such as \"3\", and is not empty");
    match values.join(",").trim_matches(BLANKS) {
        "*" => Ok(Some(Tags::Any)),
        list => parse_list(list, parse).map(|tags| Some(Tags::These(tags))).ok_or_else(malformed),
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Parses a list of tags: `"3"`, `W/"3"`, as CDNs weaken tags, or a bare `3`, as some clients send. Empty elements are
/// allowed (RFC 9110, section 5.6.1), an empty list is not.
fn parse_list<T>(list: &str, parse: fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let (mut parsed, mut rest, mut tags) = (Vec::new(), list, 0);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (tags > 0).then_some(parsed);
        }
        let (tag, after) = parse_tag(rest)?;
        parsed.extend(parse(tag));
        tags += 1;
        rest = after.trim_start_matches(BLANKS);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

/// The opaque part of the tag at the start of `text`, and what follows the tag.
fn parse_tag(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix("W/").unwrap_or(text).strip_prefix('"') {
        Some(quoted) => {
            let (tag, after) = quoted.split_once('"')?;
            tag.chars().all(|character| !character.is_control() && character != ' ').then_some((tag, after))
        }
        None => {
            let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
            let (tag, after) = text.split_at_checked(end)?;
            tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)).then_some((tag, after))
        }
    }
}

/// A version as an `ETag` spells it, without leading zeros.
fn version(tag: &str) -> Option<Version> {
    let is_number = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_digit()) && !tag.starts_with('0');
    tag.parse().ok().filter(|_| is_number).map(Version)
}

fn invalid(field: &'static str, pattern: &'static str) -> Refusal {
    Refusal::InvalidInput { field, pattern }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers<'a>(fields: &[(&'a str, &'a str)]) -> Headers<'a> {
        let mut headers = Headers::default();
        fields.iter().for_each(|(name, value)| headers.push(*name, *value));
        headers
    }

    fn is(versions: &[u64]) -> Precondition<Version> {
        Precondition::Is(versions.iter().copied().map(Version).collect())
    }

    #[test]
    fn a_tag_is_strong_weak_or_bare_and_stands_alone_or_in_a_list() {
        for (value, expected) in [
            ("\"3\"", is(&[3])),
            ("3", is(&[3])),
            ("W/\"3\"", is(&[3])),
            (" \t\"3\" ", is(&[3])),
            ("\"1\", W/\"2\",3", is(&[1, 2, 3])),
            (",\"1\",,\"2\", ", is(&[1, 2])),
            ("\"a,b\", \"2\"", is(&[2])),
            ("\"abc\"", is(&[])),
            ("\"03\"", is(&[])),
            ("\"+3\"", is(&[])),
            ("\"\"", is(&[])),
            ("0", is(&[])),
            ("99999999999999999999", is(&[])),
            ("*", Precondition::Exists),
        ] {
            assert_eq!(of_write(&headers(&[("if-match", value)])), Ok(expected), "{value}");
        }
        assert_eq!(of_write(&headers(&[("If-Match", "\"1\""), ("IF-MATCH", "\"2\"")])), Ok(is(&[1, 2])));
        assert_eq!(of_write(&headers(&[])), Ok(Precondition::None));
    }

    #[test]
    fn a_malformed_condition_is_refused() {
        for value in
            ["", " ", ",", "\"3", "3\"", "\"1\" \"2\"", "*, \"1\"", "\"1\",*", "W/3", "w/\"3\"", "\"a b\"", "1 2"]
        {
            let refused = of_write(&headers(&[("if-match", value)]));
            assert!(matches!(refused, Err(Refusal::InvalidInput { field: IF_MATCH, .. })), "{value}: {refused:?}");
        }
    }

    #[test]
    fn if_none_match_on_a_write_is_a_star_alone() {
        assert_eq!(of_write(&headers(&[("if-none-match", "*")])), Ok(Precondition::Absent));
        assert_eq!(of_delete(&headers(&[("if-none-match", "*")])), Ok(Precondition::None));
        for fields in [
            &[("if-none-match", "\"1\"")][..],
            &[("if-none-match", "")],
            &[("if-none-match", "*"), ("if-match", "\"1\"")],
            &[("if-none-match", "*"), ("if-match", "*")],
        ] {
            for refused in [of_write(&headers(fields)), of_delete(&headers(fields))] {
                let is_named = matches!(refused, Err(Refusal::InvalidInput { field: IF_NONE_MATCH, .. }));
                assert!(is_named, "{fields:?}: {refused:?}");
            }
        }
    }

    #[test]
    fn a_read_takes_a_list_or_a_star_and_ignores_what_is_malformed() {
        let of = |value: &str| known(&headers(&[("if-none-match", value)]));
        assert_eq!(of("\"1\", W/\"2\""), Known::These(vec![Version(1), Version(2)]));
        assert_eq!(of("*"), Known::Any);
        for value in ["", "\"1", "*, \"1\""] {
            assert_eq!(of(value), Known::These(Vec::new()), "{value}");
        }
        assert_eq!(known(&headers(&[("if-match", "\"1\"")])), Known::These(Vec::new()));
    }
}
