//! An HTTP request, whichever gateway it came through.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::headers::Headers;
use super::refusal::{Refusal, Result};
use crate::model::document::Document;
use crate::model::json::SyntaxError;

/// A request. Its texts borrow from the event, except those that the event spells with escapes.
pub struct Request<'a> {
    /// The method, as sent.
    pub method: Cow<'a, str>,
    /// The path below the stage, as the event has it: with percent-escapes, unless the gateway has resolved them.
    pub path: Cow<'a, str>,
    /// What comes before [`Self::path`] in the URL that the client used: empty, or `/` and the stage.
    pub stage_prefix: String,
    /// The parameters of the query string, percent-decoded.
    pub query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The header fields.
    pub headers: Headers<'a>,
    /// The host that the client called.
    pub host: Option<Cow<'a, str>>,
    /// The gateway's ID of the request.
    pub request_id: Option<Cow<'a, str>>,
    pub(super) body: Body<'a>,
}

/// A body as the event holds it.
pub(super) enum Body<'a> {
    Text(Cow<'a, str>),
    Base64(Cow<'a, str>),
    /// The length in the event alone shows that it is larger than any document.
    TooLarge,
}

impl Request<'_> {
    /// The gateway's ID of the request, if it can be sent back in a header: visible ASCII, and not too long.
    pub fn id(&self) -> Option<&str> {
        let is_visible = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        self.request_id.as_deref().filter(is_visible)
    }

    /// The values of a parameter of the query string.
    pub fn parameters(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value).collect()
    }

    /// The bytes of the body, unless they are encoded, or more than any document has.
    pub fn body(&self) -> Result<Cow<'_, [u8]>> {
        self.body_of(Document::MAXIMUM_BYTES, Refusal::TooLarge(Document::MAXIMUM_SENT))
    }

    /// The bytes of the body, unless they are encoded, or more than `most`.
    pub fn body_of(&self, most: usize, too_large: Refusal) -> Result<Cow<'_, [u8]>> {
        let is_identity = |encoding: &&str| encoding.trim().eq_ignore_ascii_case("identity");
        if !self.headers.values("content-encoding").iter().all(is_identity) {
            return Err(Refusal::EncodedBody);
        }
        match &self.body {
            Body::TooLarge => Err(too_large),
            Body::Text(text) if text.len() > most => Err(too_large),
            Body::Text(text) => Ok(text.as_bytes().into()),
            // Four characters stand for at most three bytes, so this one need not be decoded.
            Body::Base64(text) if text.len() / 4 > most / 3 + 1 => Err(too_large),
            Body::Base64(text) => match STANDARD.decode(&**text) {
                Ok(bytes) if bytes.len() > most => Err(too_large),
                Ok(bytes) => Ok(bytes.into()),
                Err(_) => Err(Refusal::InvalidJson(SyntaxError::at_start("the body cannot be decoded from Base64"))),
            },
        }
    }
}
