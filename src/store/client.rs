//! The SDK's client for DynamoDB, with the settings that the protocol needs.

use aws_sdk_dynamodb::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, ConfigBag, Intercept, Region};
use aws_sdk_dynamodb::config::{RuntimeComponents, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

pub use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials};

/// Where DynamoDB is, and with which credentials it is called.
#[derive(Clone)]
pub struct Endpoint {
    /// The AWS Region.
    pub region: String,
    /// The URL of an endpoint other than the Region's.
    pub url: Option<String>,
    /// The credentials that sign calls; `None` where signatures are not checked.
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

/// A client with the ordinary configuration of AWS's tools, or of the endpoint `url`.
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

/// The SDK's own retries are off: they do not report how often a call was sent, which the rules after a failure need to
/// know, and their shared token budget would let the faults of one request fail the next. [`Session`](super::Session)
/// bounds times by the invocation's deadline.
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

/// Rejects answers without a body. The SDK reads them as `{}`, which looks like a successful write or a missing item.
/// DynamoDB always sends a body: an answer without one was cut, or is not DynamoDB's.
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

/// The machine has no root certificates by which those of servers could be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no root certificates were found on this machine: install them (the package ca-certificates), or name some in \
     SSL_CERT_FILE or SSL_CERT_DIR"
)]
pub struct NoRootCertificates;

/// The root certificates of the machine, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
pub fn trusted_roots() -> Result<TlsContext, NoRootCertificates> {
    // The SDK would go on without any, and every connection would fail.
    if rustls_native_certs::load_native_certs().certs.is_empty() {
        return Err(NoRootCertificates);
    }
    TlsContext::builder().with_trust_store(TrustStore::default()).build().map_err(|_| NoRootCertificates)
}

/// The HTTPS client. It checks servers by the [trusted roots](trusted_roots).
pub fn https() -> Result<SharedHttpClient, NoRootCertificates> {
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    Ok(builder.tls_context(trusted_roots()?).build_https())
}
