//! The media type of a request's body (RFC 9110, section 8.3.1; contract, section 3).

use super::headers::Headers;
use super::refusal::{Refusal, Result};
use crate::model::data_type::DataType;
use crate::model::id::AppId;

/// The media type of the object in the body. A missing or empty field counts as `application/json`.
pub fn data_type(headers: &Headers<'_>, app: &AppId) -> Result<DataType> {
    match headers.values("content-type")[..] {
        [] => Ok(DataType::json()),
        [value] if trim(value).is_empty() => Ok(DataType::json()),
        [value] => parse(value, app).ok_or_else(|| Refusal::InvalidDataType { content_type: value.to_owned() }),
        ref values => Err(Refusal::InvalidDataType { content_type: values.join(", ") }),
    }
}

fn parse(value: &str, app: &AppId) -> Option<DataType> {
    let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
    let data_type = DataType::parse(trim(essence), app)?;
    parameters_are_acceptable(parameters).then_some(data_type)
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

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<String> {
        let mut headers = Headers::default();
        for value in values {
            headers.push("Content-Type", *value);
        }
        data_type(&headers, &AppId::parse("demo").ok()?).ok().map(|data_type| data_type.to_string())
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
