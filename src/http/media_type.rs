//! The media type of a request's body (RFC 9110, section 8.3.1; contract, section 3).

use super::headers::{Headers, is_token};
use super::refusal::{Refusal, Result};
use crate::model::data_type::DataType;
use crate::model::id::AppId;
use crate::model::merge::Merge;

/// The media type of the object in the body, or `None` if the request does not say.
pub fn data_type(headers: &Headers<'_>, app: &AppId) -> Result<Option<DataType>> {
    parse(headers, |essence| DataType::parse(essence, app))
}

/// How the body of a PATCH is to be merged. Kii's clients send no type, one of an object, or `text/plain`.
pub fn merge(headers: &Headers<'_>, app: &AppId) -> Result<Merge> {
    let how = parse(headers, |essence| {
        if essence.eq_ignore_ascii_case("application/merge-patch+json") {
            Some(Merge::Patch)
        } else {
            let is_kiis = essence.eq_ignore_ascii_case("text/plain") || DataType::parse(essence, app).is_some();
            is_kiis.then_some(Merge::Kii)
        }
    })?;
    Ok(how.unwrap_or(Merge::Kii))
}

/// Checks the type of a query: Kii's, JSON, or none.
pub fn query(headers: &Headers<'_>) -> Result<()> {
    let is_query = |essence: &str| {
        ["application/vnd.kii.QueryRequest+json", "application/json"].iter().any(|it| it.eq_ignore_ascii_case(essence))
    };
    parse(headers, |essence| is_query(essence).then_some(())).map(|_| ())
}

/// How the parameters of an OAuth request are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// A JSON object.
    Json,
}

/// How the body of an OAuth request is written: in any type of JSON, in none, or as a form.
pub fn parameters(headers: &Headers<'_>) -> Result<Format> {
    let format = parse(headers, |essence| {
        let essence = essence.to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Some(Format::Form),
            "application/json" | "text/json" => Some(Format::Json),
            _ => essence.ends_with("+json").then_some(Format::Json),
        }
    })?;
    Ok(format.unwrap_or(Format::Json))
}

/// Parses the field `Content-Type`, if it is there and not empty: a media type without its parameters by `essence`.
fn parse<T>(headers: &Headers<'_>, essence: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let refused = |content_type: &str| Refusal::InvalidDataType { content_type: content_type.to_owned() };
    match headers.values("content-type")[..] {
        [] => Ok(None),
        [value] if trim(value).is_empty() => Ok(None),
        [value] => {
            let (text, parameters) = value.split_once(';').unwrap_or((value, ""));
            // One of Kii's SDKs leaves a quote behind a vendor type.
            let text = trim(text);
            let text = text.strip_suffix('"').filter(|text| text.contains("/vnd.")).unwrap_or(text);
            let parsed = essence(text).filter(|_| parameters_are_acceptable(parameters));
            parsed.map(Some).ok_or_else(|| refused(value))
        }
        ref values => Err(refused(&values.join(", "))),
    }
}

/// Whether these are parameters, none of them a charset other than UTF-8.
fn parameters_are_acceptable(mut rest: &str) -> bool {
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return true;
        }
        let Some((name, after)) = rest.split_once('=').filter(|(name, _)| is_token(name)) else {
            return false;
        };
        let Some((value, after)) = parameter_value(after) else {
            return false;
        };
        if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
            return false;
        }
        rest = trim(after);
        if !rest.is_empty() && !rest.starts_with(';') {
            return false;
        }
    }
}

/// The value at the start of `text`, a token or a quoted string, and what follows it.
fn parameter_value(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('"') {
        // No value that matters holds a quote, so escapes are not resolved, and an escaped quote is rejected.
        Some(quoted) => quoted.split_once('"'),
        None => {
            let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
            text.split_at_checked(end).filter(|(value, _)| is_token(value))
        }
    }
}

/// Removes the white space that HTTP allows around values (RFC 9110, section 5.6.3).
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<String> {
        let mut headers = Headers::default();
        for value in values {
            headers.push("Content-Type", *value);
        }
        data_type(&headers, &AppId::parse("demo").ok()?).ok().map(|it| it.unwrap_or_else(DataType::json).to_string())
    }

    #[test]
    fn json_is_the_default_and_parameters_are_allowed() {
        for values in [
            &[][..],
            &[""],
            &["  "],
            &["application/json"],
            &["application/json;charset=utf-8"],
            &["application/json; charset=\"UTF-8\""],
            &["application/json ; a=b ; CHARSET=Utf-8"],
            &["application/json;"],
            &["application/json; profile=\"a, b; c\""],
        ] {
            assert_eq!(of(values).as_deref(), Some("application/json"), "{values:?}");
        }
        assert_eq!(
            of(&["application/vnd.demo.person+json;charset=utf-8"]).as_deref(),
            Some("application/vnd.demo.person+json")
        );
    }

    #[test]
    fn one_quote_behind_a_vendor_type_is_skipped() {
        for value in ["application/vnd.demo.person+json\"", "application/vnd.demo.person+json\";charset=utf-8"] {
            assert_eq!(of(&[value]).as_deref(), Some("application/vnd.demo.person+json"), "{value}");
        }
        for value in ["application/vnd.demo.person+json\"\"", "application/json\""] {
            assert_eq!(of(&[value]), None, "{value}");
        }
    }

    #[test]
    fn a_patch_is_kiis_merge_unless_it_is_a_merge_patch() {
        let how = |values: &[&str]| {
            let mut headers = Headers::default();
            values.iter().for_each(|value| headers.push("Content-Type", *value));
            merge(&headers, &AppId::parse("demo").ok()?).ok()
        };
        for values in [
            &[][..],
            &[""],
            &["application/json"],
            &["text/plain; charset=utf-8"],
            &["application/vnd.demo.person+json"],
        ] {
            assert_eq!(how(values), Some(Merge::Kii), "{values:?}");
        }
        assert_eq!(how(&["Application/Merge-Patch+JSON; charset=UTF-8"]), Some(Merge::Patch));
        for values in [
            &["application/json-patch+json"][..],
            &["text/html"],
            &["application/vnd.other.person+json"],
            &["text/plain;charset=latin1"],
            &["application/json", "application/merge-patch+json"],
        ] {
            assert_eq!(how(values), None, "{values:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for values in [
            &["text/plain"][..],
            &["application/json", "application/json"],
            &["application/json, application/json"],
            &["application/json;charset=latin1"],
            &["application/json;charset"],
            &["application/json;charset="],
            &["application/json;=utf-8"],
            &["application/json;a=b c=d"],
            &["application/json;charset=utf-8, text/plain"],
            &["application/vnd.other.person+json"],
            &[";"],
            &["application/json;a=\"b"],
            &["application/json\u{a0}"],
        ] {
            assert_eq!(of(values), None, "{values:?}");
        }
    }
}
