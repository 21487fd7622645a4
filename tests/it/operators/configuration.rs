//! The handler's environment (see `docs`, and the table of variables in the README).

use std::collections::BTreeMap;
use std::time::Duration;

use pail::config::{Config, InvalidConfig};
use pail::http::cors::AllowedOrigins;
use pail::http::url::PublicUrl;
use tracing::level_filters::LevelFilter;

/// The required variables.
const REQUIRED: [(&str, &str); 6] = [
    ("PAIL_APPS_TABLE", "the-apps"),
    ("PAIL_OBJECTS_TABLE", "the-objects"),
    ("PAIL_INDEX_TABLE", "the-index"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "the-id"),
    ("AWS_SECRET_ACCESS_KEY", "the-secret"),
];

/// The configuration from the required variables and these.
fn read(variables: &[(&str, &str)]) -> Result<Config, InvalidConfig> {
    read_only(&[&REQUIRED, variables].concat())
}

fn read_only(variables: &[(&str, &str)]) -> Result<Config, InvalidConfig> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Config::read(|name| variables.get(name).map(|value| (*value).to_owned()))
}

fn good(variables: &[(&str, &str)]) -> Config {
    read(variables).unwrap_or_else(|error| panic!("{variables:?}: {error}"))
}

fn mistakes(config: Result<Config, InvalidConfig>) -> Vec<String> {
    config.err().map(|InvalidConfig(mistakes)| mistakes).unwrap_or_default()
}

#[test]
fn unset_variables_have_defaults() {
    let config = good(&[]);
    assert_eq!((config.tables.apps.as_str(), config.tables.objects.as_str()), ("the-apps", "the-objects"));
    assert_eq!(config.tables.index, "the-index");
    assert_eq!(config.settings.allowed_origins, AllowedOrigins::Any);
    assert_eq!(config.settings.keep, Duration::ZERO);
    assert_eq!(config.settings.token_rules.maximum_lifetime, Duration::from_secs(2_592_000));
    assert_eq!(config.settings.public_url, None);
    assert_eq!(config.log_level, LevelFilter::INFO);
    assert_eq!(config.endpoint.region, "eu-west-1");
    assert_eq!(config.endpoint.url, None);
}

#[test]
fn every_setting_can_be_set() {
    let config = good(&[
        ("PAIL_ALLOWED_ORIGIN", "https://app.example:8443, capacitor://localhost"),
        ("PAIL_KEEP_SECONDS", "10"),
        ("PAIL_SCAN_MEGABYTES", "64"),
        ("PAIL_MAX_TOKEN_LIFETIME_SECONDS", "4102444800"),
        ("PAIL_PUBLIC_URL", "https://api.example.com/v1"),
        ("PAIL_LOG_LEVEL", "warn"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000"),
    ]);
    let origins = ["https://app.example:8443", "capacitor://localhost"].map(str::to_owned).into();
    assert_eq!(config.settings.allowed_origins, AllowedOrigins::Listed(origins));
    assert_eq!(config.settings.keep, Duration::from_secs(10));
    assert_eq!(config.settings.scan_megabytes, 64);
    assert_eq!(config.settings.token_rules.maximum_lifetime, Duration::from_secs(4_102_444_800));
    assert_eq!(config.settings.public_url, PublicUrl::parse("https://api.example.com/v1"));
    assert_eq!(config.log_level, LevelFilter::WARN);
    assert_eq!(config.endpoint.url.as_deref(), Some("http://127.0.0.1:8000"));
}

#[test]
fn the_credentials_are_read_from_lambdas_variables() {
    let credentials = good(&[("AWS_SESSION_TOKEN", "the-token")]).endpoint.credentials.expect("credentials");
    assert_eq!(credentials.access_key_id(), "the-id");
    assert_eq!(credentials.secret_access_key(), "the-secret");
    assert_eq!(credentials.session_token(), Some("the-token"));
    let without = good(&[]).endpoint.credentials.expect("credentials");
    assert_eq!(without.session_token(), None);
}

#[test]
fn all_mistakes_are_reported_at_once_by_the_names_of_their_variables() {
    let all = mistakes(read_only(&[
        ("PAIL_ALLOWED_ORIGIN", "app.example"),
        ("PAIL_KEEP_SECONDS", "a while"),
        ("PAIL_SCAN_MEGABYTES", "a lot"),
        ("PAIL_MAX_TOKEN_LIFETIME_SECONDS", "a month"),
        ("PAIL_PUBLIC_URL", "nowhere"),
        ("PAIL_LOG_LEVEL", "loud"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "localhost"),
    ]));
    let wrong = [
        "PAIL_ALLOWED_ORIGIN",
        "PAIL_KEEP_SECONDS",
        "PAIL_SCAN_MEGABYTES",
        "PAIL_MAX_TOKEN_LIFETIME_SECONDS",
        "PAIL_PUBLIC_URL",
        "PAIL_LOG_LEVEL",
        "AWS_ENDPOINT_URL_DYNAMODB",
    ];
    let expected: Vec<&str> = REQUIRED.iter().map(|(name, _)| *name).chain(wrong).collect();
    for name in &expected {
        let about = all.iter().filter(|mistake| mistake.split(' ').next() == Some(name)).count();
        assert_eq!(about, 1, "{name}: {all:?}");
    }
    assert_eq!(all.len(), expected.len(), "{all:?}");
    let text = InvalidConfig(all.clone()).to_string();
    assert!(all.iter().all(|mistake| text.contains(mistake)), "{text}");
}

#[test]
fn a_missing_or_empty_required_variable_is_reported_alone() {
    for (name, _) in REQUIRED {
        let without: Vec<(&str, &str)> = REQUIRED.into_iter().filter(|(known, _)| *known != name).collect();
        let empty: Vec<(&str, &str)> = without.iter().copied().chain([(name, "")]).collect();
        for variables in [without, empty] {
            let mistakes = mistakes(read_only(&variables));
            assert!(matches!(&mistakes[..], [mistake] if mistake.starts_with(name)), "{name}: {mistakes:?}");
        }
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let optional = [
        "PAIL_ALLOWED_ORIGIN",
        "PAIL_KEEP_SECONDS",
        "PAIL_SCAN_MEGABYTES",
        "PAIL_MAX_TOKEN_LIFETIME_SECONDS",
        "PAIL_PUBLIC_URL",
        "PAIL_LOG_LEVEL",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL",
        "AWS_SESSION_TOKEN",
    ];
    let config = good(&optional.map(|name| (name, "")));
    assert_eq!(config.settings.allowed_origins, AllowedOrigins::Any);
    assert_eq!(config.settings.scan_megabytes, 8);
    assert_eq!(config.endpoint.url, None);
    assert_eq!(config.endpoint.credentials.expect("credentials").session_token(), None);
}

#[test]
fn invalid_values_are_refused() {
    for (name, values) in [
        (
            "PAIL_ALLOWED_ORIGIN",
            &[
                "app.example",
                "https://app.example/",
                "https://app.example/x",
                "https://*.example",
                "https://App.example",
                "https://app.example:443",
                "https://a.example; https://b.example",
                "https://a.example,",
                "*, https://a.example",
                "null",
            ][..],
        ),
        ("PAIL_KEEP_SECONDS", &["11", "60", "-1", "0.5", "5s", "99999999999999999999999"]),
        ("PAIL_SCAN_MEGABYTES", &["0", "65", "-1", "1.5", "8MB", "99999999999999999999999"]),
        ("PAIL_MAX_TOKEN_LIFETIME_SECONDS", &["0", "-1", "1.5", "30d", "99999999999999999999999"]),
        (
            "PAIL_PUBLIC_URL",
            &[
                "api.example.com",
                "/v1",
                "ftp://api.example.com",
                "https://",
                "https://user@api.example.com",
                "https://api.example.com/?a=b",
            ],
        ),
        ("PAIL_LOG_LEVEL", &["loud", "debug", "trace", "0", "info,pail=warn"]),
        ("AWS_ENDPOINT_URL_DYNAMODB", &["localhost:8000", "x"]),
        ("AWS_ENDPOINT_URL", &["localhost:8000", "x"]),
    ] {
        for value in values {
            let mistakes = mistakes(read(&[(name, value)]));
            assert!(matches!(&mistakes[..], [mistake] if mistake.starts_with(name)), "{name}={value}: {mistakes:?}");
        }
    }
}

/// An operator may have put a secret into the wrong variable.
#[test]
fn messages_do_not_repeat_values() {
    let names = [
        "PAIL_ALLOWED_ORIGIN",
        "PAIL_KEEP_SECONDS",
        "PAIL_SCAN_MEGABYTES",
        "PAIL_MAX_TOKEN_LIFETIME_SECONDS",
        "PAIL_PUBLIC_URL",
        "PAIL_LOG_LEVEL",
        "AWS_ENDPOINT_URL",
    ];
    let error = read(&names.map(|name| (name, "hunter2"))).err().expect("mistakes");
    assert_eq!(error.0.len(), names.len());
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn every_log_level_is_accepted_by_its_name() {
    for (name, level) in [
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("INFO", LevelFilter::INFO),
    ] {
        assert_eq!(good(&[("PAIL_LOG_LEVEL", name)]).log_level, level);
    }
}

#[test]
fn the_endpoint_of_dynamodb_takes_precedence_over_the_one_of_all_services() {
    let (own, all) = (("AWS_ENDPOINT_URL_DYNAMODB", "http://own:8000"), ("AWS_ENDPOINT_URL", "http://all:8000"));
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    for (variables, expected) in [
        (vec![own, all], Some(own.1)),
        (vec![own], Some(own.1)),
        (vec![all], Some(all.1)),
        (vec![("AWS_ENDPOINT_URL_DYNAMODB", ""), all], Some(all.1)),
        (vec![own, all, ignore], None),
        (vec![own, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")], Some(own.1)),
    ] {
        assert_eq!(good(&variables).endpoint.url.as_deref(), expected, "{variables:?}");
    }
}
