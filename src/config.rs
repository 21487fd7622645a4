//! The function's environment, parsed once.

use std::ops::RangeInclusive;
use std::time::Duration;

use tracing::level_filters::LevelFilter;

use crate::auth::claims::TokenRules;
use crate::http::Settings;
use crate::http::cors::AllowedOrigins;
use crate::http::url::PublicUrl;
use crate::store::Tables;
use crate::store::client::{Credentials, Endpoint};

/// The configuration of an installation.
pub struct Config {
    /// The names of the tables: `PAIL_APPS_TABLE`, `PAIL_OBJECTS_TABLE` and `PAIL_INDEX_TABLE`.
    pub tables: Tables,
    /// The handler's settings: `PAIL_ALLOWED_ORIGIN`, `PAIL_KEEP_SECONDS`, `PAIL_MAX_TOKEN_LIFETIME_SECONDS`,
    /// `PAIL_PUBLIC_URL` and `PAIL_SCAN_MEGABYTES`.
    pub settings: Settings,
    /// How much is logged: `PAIL_LOG_LEVEL`.
    pub log_level: LevelFilter,
    /// Where DynamoDB is, as in every SDK: `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`, and the
    /// credentials.
    pub endpoint: Endpoint,
}

/// All mistakes in the environment, one line each.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is wrong:\n- {}", .0.join("\n- "))]
pub struct InvalidConfig(pub Vec<String>);

/// The longest lifetime of a token unless another is set: 30 days.
pub const MAXIMUM_TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The longest `KeepSeconds`: revocations and drops take effect so much later in other execution environments.
const LONGEST_KEEP: Duration = Duration::from_secs(10);

/// The `ScanMegabytes` that can be set. The administrator may always read as much as the largest.
const SCAN_MEGABYTES: RangeInclusive<u32> = 1..=64;

/// The `ScanMegabytes` unless another is set.
pub const DEFAULT_SCAN_MEGABYTES: u32 = 8;

impl Config {
    /// Parses the process's environment.
    #[expect(clippy::disallowed_methods, reason = "this is the place where the environment is read")]
    pub fn from_environment() -> Result<Self, InvalidConfig> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Parses an environment. An empty variable counts as not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let mut reader = Reader { variable: &variable, mistakes: Vec::new() };
        let config = Self {
            tables: Tables {
                apps: reader.required("PAIL_APPS_TABLE", "the name of the apps table"),
                objects: reader.required("PAIL_OBJECTS_TABLE", "the name of the objects table"),
                index: reader.required("PAIL_INDEX_TABLE", "the name of the table of index entries"),
            },
            settings: reader.settings(),
            log_level: reader.log_level(),
            endpoint: Endpoint {
                region: reader.required("AWS_REGION", "the AWS Region"),
                url: reader.endpoint_url(),
                credentials: Some(Credentials::new(
                    reader.required("AWS_ACCESS_KEY_ID", "the ID of the access key, which Lambda sets"),
                    reader.required("AWS_SECRET_ACCESS_KEY", "the access key, which Lambda sets"),
                    reader.optional("AWS_SESSION_TOKEN"),
                    None,
                    "environment",
                )),
            },
        };
        reader.finish(config)
    }

    /// Parses the part of an environment that the local server uses too: the handler's settings, and the log level.
    pub fn read_local(variable: impl Fn(&str) -> Option<String>) -> Result<(Settings, LevelFilter), InvalidConfig> {
        let mut reader = Reader { variable: &variable, mistakes: Vec::new() };
        let local = (reader.settings(), reader.log_level());
        reader.finish(local)
    }
}

struct Reader<'a, V> {
    variable: &'a V,
    mistakes: Vec<String>,
}

impl<V: Fn(&str) -> Option<String>> Reader<'_, V> {
    fn finish<T>(self, read: T) -> Result<T, InvalidConfig> {
        if self.mistakes.is_empty() { Ok(read) } else { Err(InvalidConfig(self.mistakes)) }
    }

    fn settings(&mut self) -> Settings {
        let origins = "* or origins such as https://app.example.com with commas between them, each in lower case and \
                       without a path or a slash at its end";
        let public_url = "a URL such as https://api.example.com/v1";
        Settings {
            allowed_origins: self.parsed("PAIL_ALLOWED_ORIGIN", origins, AllowedOrigins::Any, AllowedOrigins::parse),
            keep: self.keep(),
            scan_megabytes: self.scan_megabytes(),
            token_rules: TokenRules { maximum_lifetime: self.maximum_token_lifetime() },
            public_url: self.parsed("PAIL_PUBLIC_URL", public_url, None, |text| PublicUrl::parse(text).map(Some)),
        }
    }

    fn maximum_token_lifetime(&mut self) -> Duration {
        let seconds = |text: &str| text.parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs);
        let name = "PAIL_MAX_TOKEN_LIFETIME_SECONDS";
        self.parsed(name, "a number of seconds above 0", MAXIMUM_TOKEN_LIFETIME, seconds)
    }

    fn keep(&mut self) -> Duration {
        let seconds = |text: &str| text.parse().ok().map(Duration::from_secs).filter(|time| *time <= LONGEST_KEEP);
        self.parsed("PAIL_KEEP_SECONDS", "a number of seconds from 0 to 10", Duration::ZERO, seconds)
    }

    fn scan_megabytes(&mut self) -> u32 {
        let megabytes = |text: &str| text.parse().ok().filter(|megabytes| SCAN_MEGABYTES.contains(megabytes));
        self.parsed("PAIL_SCAN_MEGABYTES", "a whole number from 1 to 64", DEFAULT_SCAN_MEGABYTES, megabytes)
    }

    fn log_level(&mut self) -> LevelFilter {
        self.parsed("PAIL_LOG_LEVEL", "error, warn or info", LevelFilter::INFO, log_level)
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str, meaning: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.mistakes.push(format!("{name} is not set: it is {meaning}"));
            String::new()
        })
    }

    /// Mistakes do not repeat values: somebody may have put a secret into the wrong variable.
    fn parsed<T>(&mut self, name: &str, meaning: &str, default: T, parse: impl Fn(&str) -> Option<T>) -> T {
        match self.optional(name).map(|value| parse(&value)) {
            None => default,
            Some(Some(value)) => value,
            Some(None) => {
                self.mistakes.push(format!("{name} cannot be read: it is {meaning}"));
                default
            }
        }
    }

    fn endpoint_url(&mut self) -> Option<String> {
        let ignored = self
            .optional("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let name =
            ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"].into_iter().find(|name| self.optional(name).is_some())?;
        let is_url = |text: &str| PublicUrl::parse(text).map(|_| Some(text.to_owned()));
        self.parsed(name, "a URL such as http://127.0.0.1:8000", None, is_url).filter(|_| !ignored)
    }
}

fn log_level(text: &str) -> Option<LevelFilter> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        _ => None,
    }
}
