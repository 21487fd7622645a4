//! The parameters of a request to an OAuth endpoint: a form, or a JSON object.

use serde_json::Value;

use super::error::invalid_request;
use crate::http::media_type::{self, Format};
use crate::http::refusal::{Refusal, Result};
use crate::http::request::Request;
use crate::model::document::Document;
use crate::model::json;

/// Parameters by name. No name occurs twice (RFC 6749, section 3.2). It has no `Debug`, as values are secret.
pub struct Parameters(Vec<(String, Parameter)>);

enum Parameter {
    /// Of a form.
    Form(String),
    /// Of a JSON object.
    Json(Value),
}

impl Parameters {
    /// Reads the body of a request. One without a content type is JSON, as clients of Kii send it; an empty one has no
    /// parameters.
    pub fn read(request: &Request<'_>) -> Result<Self> {
        let unknown =
            "The Content-Type is not valid: it is application/x-www-form-urlencoded or a JSON type, in UTF-8.";
        let format = media_type::parameters(&request.headers).map_err(|_| invalid_request(unknown))?;
        let body = match request.body() {
            Ok(body) => body,
            Err(Refusal::InvalidJson(_)) => {
                return Err(invalid_request("The body cannot be decoded from Base64.").into());
            }
            Err(refusal) => return Err(refusal),
        };
        if body.len() > Document::MAXIMUM_SENT {
            return Err(Refusal::TooLarge(Document::MAXIMUM_SENT));
        }
        match format {
            _ if body.is_empty() => Ok(Self(Vec::new())),
            Format::Form => Self::of_form(&body),
            Format::Json => Self::of_json(&body),
        }
    }

    fn of_form(body: &[u8]) -> Result<Self> {
        let mut parameters = Vec::<(String, Parameter)>::new();
        for (name, value) in form_urlencoded::parse(body) {
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(invalid_request("A parameter occurs twice.").into());
            }
            parameters.push((name.into_owned(), Parameter::Form(value.into_owned())));
        }
        Ok(Self(parameters))
    }

    fn of_json(body: &[u8]) -> Result<Self> {
        let refused = |_| invalid_request("The body is not a JSON object in which no name occurs twice.");
        let text = str::from_utf8(body).map_err(|_| refused(()))?;
        let object = json::object(text).map_err(|_| refused(()))?;
        let parameter = |member: &json::Member<'_>| {
            let value = serde_json::from_str(object.part(&member.value)).map_err(|_| refused(()))?;
            Ok((member.name.clone().into_owned(), Parameter::Json(value)))
        };
        object.members.iter().map(parameter).collect::<Result<_>>().map(Self)
    }

    /// A parameter that is text. An empty one counts as absent (RFC 6749, section 3.2).
    pub fn text(&self, name: &'static str) -> Result<Option<&str>> {
        let text = match self.get(name) {
            None | Some(Parameter::Json(Value::Null)) => None,
            Some(Parameter::Form(text) | Parameter::Json(Value::String(text))) => Some(text.as_str()),
            Some(Parameter::Json(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
                return Err(invalid_request(format!("The {name} is not valid: it is text.")).into());
            }
        };
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// A parameter that is a time in milliseconds since 1970 UTC: a number in JSON, digits in a form. One that is too large
    /// for its type counts as the largest.
    pub fn milliseconds(&self, name: &'static str) -> Result<Option<u64>> {
        let invalid = || {
            let message = format!("The {name} is not valid: it is a number of milliseconds since 1970 UTC.");
            Refusal::from(invalid_request(message))
        };
        match self.get(name) {
            None | Some(Parameter::Json(Value::Null)) => Ok(None),
            Some(Parameter::Form(text)) if text.is_empty() => Ok(None),
            Some(Parameter::Form(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(Some(text.parse().unwrap_or(u64::MAX)))
            }
            Some(Parameter::Json(Value::Number(number))) => whole(number).map(Some).ok_or_else(invalid),
            Some(
                Parameter::Form(_)
                | Parameter::Json(Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)),
            ) => Err(invalid()),
        }
    }

    fn get(&self, name: &str) -> Option<&Parameter> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// The whole part of a number that is not negative.
fn whole(number: &serde_json::Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let number = number.as_f64().filter(|number| *number >= 0.0)?;
        // The first number of seconds that a duration cannot hold is 2^64.
        let whole = std::time::Duration::try_from_secs_f64(number).map(|whole| whole.as_secs());
        Some(whole.unwrap_or(u64::MAX))
    })
}
