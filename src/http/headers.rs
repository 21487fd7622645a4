//! Header fields of a request. Names are compared without regard to case (RFC 9110, section 5.1).

use std::borrow::Cow;

/// Header fields in the order in which they came.
#[derive(Default)]
pub struct Headers<'a>(pub(super) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Headers<'a> {
    /// Adds a value to the field `name`.
    pub fn push(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.0.push((name.into(), value.into()));
    }

    /// All values of the field `name`.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.all(name).map(|value| &**value).collect()
    }

    /// The first value of the field `name`.
    pub fn first(&self, name: &str) -> Option<&Cow<'a, str>> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Cow<'a, str>> {
        self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Whether a text is a token, as names of fields and of parameters are (RFC 9110, section 5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_values_keep_their_order() {
        let mut headers = Headers::default();
        for (name, value) in [("Host", "a"), ("hOST", "b"), ("X-Hosts", "c")] {
            headers.push(name, value);
        }
        assert_eq!(headers.values("host"), ["a", "b"]);
        assert_eq!(headers.first("HOST").map(|host| &**host), Some("a"));
        assert_eq!(headers.values("x-hosts"), ["c"]);
        assert!(headers.values("hosts").is_empty() && headers.first("hosts").is_none());
    }
}
