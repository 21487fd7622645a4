//! The SDK's client for DynamoDB, with the settings that Pail's own rules ask for.

pub use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// Where DynamoDB is, and who asks.
#[derive(Clone)]
pub struct Endpoint {
    /// The AWS Region.
    pub region: String,
    /// The URL of another endpoint than the Region's.
    pub url: Option<String>,
    /// The credentials that calls are signed with.
    pub credentials: Credentials,
}

/// A client of an endpoint.
pub fn new(endpoint: Endpoint, http: SharedHttpClient) -> Client {
    let mut config = Config::builder().region(Region::new(endpoint.region)).credentials_provider(endpoint.credentials);
    config.set_endpoint_url(endpoint.url);
    with_settings(config, http)
}

/// A client of whatever `config` names.
///
/// The SDK's own retries are off: they do not say how often a call was sent, which the rules after a failure need to
/// know, and their budget of tokens would let the faults of one request spoil the next. Times are bounded by
/// [`Session`](super::Session), from the invocation's deadline.
pub fn with_settings(config: Builder, http: SharedHttpClient) -> Client {
    let config = config
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// The HTTPS client, with the one TLS stack that Pail has.
pub fn https() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https()
}
