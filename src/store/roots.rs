//! The certificates by which DynamoDB's is checked.

use aws_smithy_http_client::tls::TrustStore;

/// Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority – G2: all that Amazon Trust Services asks
/// trust stores to have (<https://www.amazontrust.com/repository/>, whose SHA-256 of their public keys were compared).
/// They expire from the end of 2037 on.
const OF_AMAZON: &str = include_str!("amazon-roots.pem");

/// What the IDs of Regions of AWS's public partition begin with, as the SDK's endpoint rules have it. China, GovCloud and
/// the isolated and sovereign clouds are other partitions.
const PUBLIC: [&str; 9] = ["af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];

/// Which root certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those of Amazon Trust Services, which DynamoDB's certificates are issued under (DynamoDB, Developer Guide: "SSL/TLS
    /// connection establishment issues"). They are part of the program: reading the hundred and more of a machine takes a
    /// quarter of a cold start.
    Amazon,
    /// Those of the machine, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    Machine,
}

impl Roots {
    /// The roots for DynamoDB in a Region, or at another URL. Amazon's are enough for DynamoDB itself in the public
    /// partition, and where nothing is encrypted.
    pub fn of(region: &str, url: Option<&str>) -> Self {
        let own = format!("https://dynamodb.{region}.amazonaws.com");
        // Three parts, as in eu-west-1: us-gov-west-1 has more.
        let is_public = PUBLIC.iter().any(|prefix| region.starts_with(prefix)) && region.split('-').count() == 3;
        match url {
            Some(url) if url.starts_with("http://") => Self::Amazon,
            Some(url) if url.trim_end_matches('/') != own => Self::Machine,
            _ if is_public => Self::Amazon,
            _ => Self::Machine,
        }
    }

    /// The same, as the HTTPS client takes it.
    pub(super) fn trust_store(self) -> TrustStore {
        match self {
            Self::Amazon => TrustStore::empty().with_pem_certificate(OF_AMAZON),
            Self::Machine => TrustStore::default(),
        }
    }
}
