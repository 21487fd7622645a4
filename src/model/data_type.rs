//! The media type of an object (contract, section 3).

use std::fmt;

use super::id::AppId;

/// `application/json`, or `application/vnd.{appID}.{dataType}+json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataType(String);

impl DataType {
    /// The type of an object that was given none.
    pub fn json() -> Self {
        Self("application/json".to_owned())
    }

    /// Parses a media type without parameters. Its fixed parts are compared without regard to case, the app ID exactly;
    /// `{dataType}` is 1 to 100 of `A-Z a-z 0-9 . _ + -` and stored as sent.
    pub fn parse(essence: &str, app: &AppId) -> Option<Self> {
        if essence.eq_ignore_ascii_case("application/json") {
            return Some(Self::json());
        }
        let rest = strip_prefix_ignoring_case(essence, "application/vnd.")?;
        let rest = rest.strip_prefix(app.as_str())?.strip_prefix('.')?;
        let (name, suffix) = rest.split_at_checked(rest.len().checked_sub("+json".len())?)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        (suffix.eq_ignore_ascii_case("+json") && (1..=100).contains(&name.len()) && name.bytes().all(allowed))
            .then(|| Self(format!("application/vnd.{app}.{name}+json")))
    }

    /// A stored type, which was parsed before it was stored.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The bare name, such as `person` of `application/vnd.demo.person+json`; `None` for plain JSON.
    pub fn name(&self, app: &AppId) -> Option<&str> {
        let name = self.0.strip_prefix("application/vnd.")?.strip_prefix(app.as_str())?;
        name.strip_prefix('.')?.strip_suffix("+json")
    }

    /// The full media type, without parameters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(essence: &str) -> Option<String> {
        let app = AppId::parse("my.App").ok()?;
        DataType::parse(essence, &app).map(|data_type| data_type.to_string())
    }

    #[test]
    fn the_fixed_parts_ignore_case_and_the_name_is_kept() {
        assert_eq!(parse("Application/JSON").as_deref(), Some("application/json"));
        let canonical = Some("application/vnd.my.App.Per+son.v1+json");
        assert_eq!(parse("APPLICATION/VND.my.App.Per+son.v1+JSON").as_deref(), canonical);
    }

    #[test]
    fn other_types_other_apps_and_bad_names_are_refused() {
        let long = format!("application/vnd.my.App.{}+json", "x".repeat(101));
        for bad in [
            "",
            "json",
            "text/plain",
            "application/json5",
            "application/vnd.my.app.person+json",
            "application/vnd.other.person+json",
            "application/vnd.my.App+json",
            "application/vnd.my.App.+json",
            "application/vnd.my.App.person",
            "application/vnd.my.App.pärson+json",
            "application/vnd.my.App.a b+json",
            "ä",
            &long,
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
