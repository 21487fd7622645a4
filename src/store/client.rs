//! The SDK's client for DynamoDB, with the settings that Pail's own rules ask for.

use aws_sdk_dynamodb::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, ConfigBag, Intercept, Region};
use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};

use super::roots::Roots;

pub use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials};

/// Where DynamoDB is, and who asks.
#[derive(Clone)]
pub struct Endpoint {
    /// The AWS Region.
    pub region: String,
    /// The URL of another endpoint than the Region's.
    pub url: Option<String>,
    /// The credentials that calls are signed with; `None` where nobody looks at a signature.
    pub credentials: Option<Credentials>,
}

/// A client of an endpoint.
pub fn new(endpoint: Endpoint, http: SharedHttpClient) -> Client {
    let mut config = Config::builder().region(Region::new(endpoint.region));
    config = match endpoint.credentials {
        Some(credentials) => config.credentials_provider(credentials),
        None => config.allow_no_auth(),
    };
    config.set_endpoint_url(endpoint.url);
    with_settings(config, http)
}

/// A client of what the ordinary configuration of AWS's tools names, or of the endpoint `url`.
#[cfg(feature = "cli")]
pub fn of_aws(
    aws: &aws_config::SdkConfig,
    url: Option<String>,
    credentials: Credentials,
    http: SharedHttpClient,
) -> Client {
    let mut config = Builder::from(aws).credentials_provider(credentials);
    if url.is_some() {
        config.set_endpoint_url(url);
    }
    with_settings(config, http)
}

/// The SDK's own retries are off: they do not say how often a call was sent, which the rules after a failure need to
/// know, and their budget of tokens would let the faults of one request spoil the next. Times are bounded by
/// [`Session`](super::Session), from the invocation's deadline.
fn with_settings(config: Builder, http: SharedHttpClient) -> Client {
    let config = config
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .interceptor(NoEmptyAnswers)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// Refuses answers without a body, which the SDK takes for `{}`: a write that never happened for one that did, and an
/// item that is there for one that is not. DynamoDB always sends a body; without one, an answer is cut or not its own.
#[derive(Debug)]
struct NoEmptyAnswers;

impl Intercept for NoEmptyAnswers {
    fn name(&self) -> &'static str {
        "NoEmptyAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.response().body().bytes() {
            Some([]) => Err("an answer without a body".into()),
            _ => Ok(()),
        }
    }
}

/// The HTTPS client, with the one TLS stack that Pail has.
pub fn https(roots: Roots) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    // It fails for no trust store.
    let context = TlsContext::builder().with_trust_store(roots.trust_store()).build().unwrap_or_default();
    builder.tls_context(context).build_https()
}
