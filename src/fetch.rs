//! Fetches what identity providers publish: discovery documents and key sets (docs/logins.md). An operator's command
//! and the hourly event do; no request of a client ever waits for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use lambda_http::http::Uri;
use tokio::time::timeout;

use crate::store::client::{NoRootCertificates, trusted_roots};

/// The longest that a fetch may take.
const LONGEST: Duration = Duration::from_secs(3);
/// The most bytes of a document.
const LARGEST: usize = 256 * 1024;

/// Where documents may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Behind HTTPS, and not at an address of this machine or its link: the function's own runtime listens there.
    Public,
    /// Also on this machine, without TLS: for an issuer that is there itself, while an app is built.
    Loopback,
}

/// A URL of which a document may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentUrl {
    text: String,
    hosts: Hosts,
}

/// Fetches documents.
#[derive(Clone, Debug)]
pub struct Fetcher {
    public: SharedHttpConnector,
    loopback: SharedHttpConnector,
}

/// Why a document was not fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL is not allowed.
    #[error("the URL has to begin with https:// and must not lead to this machine or its network link")]
    Url,
    /// It was not answered in time.
    #[error("no whole answer came within 3 seconds")]
    Late,
    /// The answer has another status than 200.
    #[error("it was answered with the status {0}")]
    Status(u16),
    /// The answer leads elsewhere.
    #[error("it was answered with a redirect, which is not followed: use the URL that it leads to")]
    Redirect,
    /// The document is too large.
    #[error("the document has more than 256 KB")]
    TooLarge,
    /// The document is no text.
    #[error("the document is not UTF-8")]
    NoText,
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Connection(String),
}

impl Hosts {
    /// Where an issuer's documents may be: on this machine only if the issuer itself is.
    pub fn of_issuer(issuer: &str) -> Self {
        let host = issuer.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        let is_here = host == "localhost" || address(&host).is_some_and(|address| address.is_loopback());
        if is_here { Self::Loopback } else { Self::Public }
    }
}

impl DocumentUrl {
    /// Checks a URL. What its host resolves to is checked when it is fetched.
    pub fn parse(text: &str, hosts: Hosts) -> Result<Self, FetchError> {
        let uri: Uri = text.parse().map_err(|_| FetchError::Url)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(FetchError::Url)?;
        let is_allowed = match (uri.scheme_str(), hosts) {
            (Some("https"), Hosts::Loopback) => true,
            (Some("http"), Hosts::Loopback) => Hosts::of_issuer(text) == Hosts::Loopback,
            (Some("https"), Hosts::Public) => {
                let is_name_of_this = host == "localhost" || host.ends_with(".localhost");
                !is_name_of_this && address(host).is_none_or(is_public)
            }
            _ => false,
        };
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if is_allowed && !has_user { Ok(Self { text: text.to_owned(), hosts }) } else { Err(FetchError::Url) }
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Fetcher {
    /// A fetcher that trusts the root certificates of the machine.
    pub fn new() -> Result<Self, NoRootCertificates> {
        let roots = trusted_roots()?;
        let connector = |hosts| {
            let builder = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
            SharedHttpConnector::new(builder.tls_context(roots.clone()).build_with_resolver(Resolver(hosts)))
        };
        Ok(Self { public: connector(Hosts::Public), loopback: connector(Hosts::Loopback) })
    }

    /// Fetches a document, in at most three seconds.
    pub async fn get(&self, url: &DocumentUrl) -> Result<String, FetchError> {
        timeout(LONGEST, Box::pin(self.read(url))).await.map_err(|_| FetchError::Late)?
    }

    async fn read(&self, url: &DocumentUrl) -> Result<String, FetchError> {
        let connector = match url.hosts {
            Hosts::Public => &self.public,
            Hosts::Loopback => &self.loopback,
        };
        let mut request = Request::new(SdkBody::empty());
        request.set_uri(url.as_str()).map_err(|_| FetchError::Url)?;
        request.headers_mut().insert("accept", "application/json");
        request.headers_mut().insert("user-agent", concat!("pail/", env!("CARGO_PKG_VERSION")));
        let answer = connector.call(request).await;
        let answer = answer.map_err(|error| FetchError::Connection(cause(&error)))?;
        match answer.status().as_u16() {
            200 => {}
            300..400 => return Err(FetchError::Redirect),
            status => return Err(FetchError::Status(status)),
        }
        let (mut stream, mut bytes) = (ByteStream::new(answer.into_body()), Vec::new());
        while let Some(chunk) = stream.next().await {
            bytes.extend(chunk.map_err(|error| FetchError::Connection(cause(&error)))?);
            if bytes.len() > LARGEST {
                return Err(FetchError::TooLarge);
            }
        }
        String::from_utf8(bytes).map_err(|_| FetchError::NoText)
    }
}

/// The innermost cause of an error, which says most.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Resolves names as the machine does, without addresses that are not allowed.
#[derive(Clone, Copy, Debug)]
struct Resolver(Hosts);

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            let found = found.map(|address| address.ip());
            let allowed: Vec<IpAddr> =
                found.filter(|address| self.0 == Hosts::Loopback || is_public(*address)).collect();
            if allowed.is_empty() {
                return Err(ResolveDnsError::new("the host has no address outside this machine and its network link"));
            }
            Ok(allowed)
        })
    }
}

/// The address that a host is, if it is one.
fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether an address is neither of this machine nor of its link.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !is_own(address),
        // The last 32 bits of an address for an IPv4 network behind a translator are the address there.
        IpAddr::V6(address) => !is_own_v6(address) && embedded(address).is_none_or(|address| !is_own(address)),
    }
}

fn is_own(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_link_local() || address.octets()[0] == 0
}

fn is_own_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unspecified() || address.is_unicast_link_local()
}

/// The IPv4 address in an IPv6 address with the prefix of translators, 64:ff9b::/96 (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    let bits = (u32::from(high) << 16) | u32::from(low);
    ((first, second) == (0x64, 0xff9b)).then(|| Ipv4Addr::from(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_behind_https_and_not_on_this_machine() {
        for url in [
            "https://login.example/.well-known/jwks.json",
            "https://login.example:8443/keys?a=b",
            "https://203.0.113.7/keys",
            "https://[2001:db8::1]/keys",
            "https://10.0.0.5/keys",
        ] {
            assert!(DocumentUrl::parse(url, Hosts::Public).is_ok(), "{url}");
        }
        for url in [
            "",
            "keys.json",
            "http://login.example/keys",
            "ftp://login.example/keys",
            "file:///etc/passwd",
            "https:///keys",
            "https://localhost/keys",
            "https://app.localhost/keys",
            "https://127.0.0.1/keys",
            "https://127.1.2.3/keys",
            "https://0.0.0.0/keys",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/keys",
            "https://[::]/keys",
            "https://[::ffff:127.0.0.1]/keys",
            "https://[::ffff:169.254.170.2]/keys",
            "https://[fe80::1]/keys",
            "https://[64:ff9b::7f00:1]/keys",
            "https://user:password@login.example/keys",
            "https://login example/keys",
        ] {
            assert_eq!(DocumentUrl::parse(url, Hosts::Public), Err(FetchError::Url), "{url}");
        }
    }

    #[test]
    fn an_issuer_on_this_machine_may_have_its_documents_here() {
        for issuer in ["http://localhost:8081", "http://127.0.0.1:8081/realms/demo", "https://[::1]"] {
            assert_eq!(Hosts::of_issuer(issuer), Hosts::Loopback, "{issuer}");
        }
        for issuer in ["https://login.example", "http://169.254.1.1", "accounts.example", "", "urn:issuer"] {
            assert_eq!(Hosts::of_issuer(issuer), Hosts::Public, "{issuer}");
        }
        assert!(DocumentUrl::parse("http://127.0.0.1:8081/keys", Hosts::Loopback).is_ok());
        assert!(DocumentUrl::parse("http://login.example/keys", Hosts::Loopback).is_err());
    }
}
