//! The certificates by which DynamoDB's is checked.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use pail::config::Config;
use pail::store::client::{self, Credentials, Endpoint};
use pail::store::roots::Roots;

/// The roots in an environment with these variables besides the required ones.
fn roots(region: &str, variables: &[(&str, &str)]) -> Roots {
    let required = [
        ("PAIL_APPS_TABLE", "apps"),
        ("PAIL_OBJECTS_TABLE", "objects"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", region),
    ];
    let all = [&required, variables].concat();
    let variable = |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Config::read(variable).unwrap_or_else(|error| panic!("{error}")).roots
}

#[test]
fn dynamodb_in_the_public_partition_is_checked_by_the_roots_of_amazon() {
    for region in
        ["us-east-1", "eu-west-1", "ap-southeast-7", "mx-central-1", "il-central-1", "ca-west-1", "af-south-1"]
    {
        assert_eq!(roots(region, &[]), Roots::Amazon, "{region}");
        // As the template sets it, whatever the Region.
        let url = format!("https://dynamodb.{region}.amazonaws.com");
        for name in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"] {
            assert_eq!(roots(region, &[(name, &url)]), Roots::Amazon, "{region} {url}");
            assert_eq!(roots(region, &[(name, &format!("{url}/"))]), Roots::Amazon, "{region} {url}/");
        }
    }
}

#[test]
fn dynamodb_elsewhere_is_checked_by_the_roots_of_the_machine() {
    for (region, suffix) in [
        ("cn-north-1", "amazonaws.com.cn"),
        ("cn-northwest-1", "amazonaws.com.cn"),
        ("us-gov-west-1", "amazonaws.com"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "cloud.adc-e.uk"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("nowhere", "amazonaws.com"),
    ] {
        assert_eq!(roots(region, &[]), Roots::Machine, "{region}");
        let url = format!("https://dynamodb.{region}.{suffix}");
        assert_eq!(roots(region, &[("AWS_ENDPOINT_URL_DYNAMODB", &url)]), Roots::Machine, "{url}");
    }
}

#[test]
fn another_endpoint_is_checked_by_the_roots_of_the_machine() {
    for url in [
        "https://localhost:8000",
        "https://dynamodb.example.com",
        "https://dynamodb.us-east-1.amazonaws.com",
        "https://dynamodb.eu-west-1.amazonaws.com:8443",
        "https://dynamodb.eu-west-1.amazonaws.com.example.com",
        "https://dynamodb.eu-west-1.api.aws",
        "https://vpce-0123-abcd.dynamodb.eu-west-1.vpce.amazonaws.com",
    ] {
        assert_eq!(roots("eu-west-1", &[("AWS_ENDPOINT_URL_DYNAMODB", url)]), Roots::Machine, "{url}");
    }
}

#[test]
fn where_nothing_is_encrypted_the_roots_of_the_machine_are_not_read() {
    for region in ["eu-west-1", "cn-north-1", "nowhere"] {
        assert_eq!(roots(region, &[("AWS_ENDPOINT_URL", "http://127.0.0.1:8000")]), Roots::Amazon);
    }
}

#[test]
fn whoever_names_certificates_has_those_taken() {
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        assert_eq!(roots("eu-west-1", &[(name, "/etc/certificates")]), Roots::Machine);
        assert_eq!(roots("eu-west-1", &[(name, "")]), Roots::Amazon, "an empty variable is one that is not set");
    }
}

/// Certificates that could not be read would end the program when the first connection is opened.
#[tokio::test]
async fn the_client_takes_the_roots_of_amazon() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = Endpoint {
        region: "eu-west-1".to_owned(),
        url: Some(format!("https://{}", listener.local_addr().expect("an address"))),
        credentials: Some(Credentials::new("id", "secret", None, None, "test")),
    };
    // Nobody speaks TLS there.
    std::thread::spawn(move || listener.incoming().take(1).for_each(drop));
    let client = client::new(endpoint, client::https(Roots::Amazon));
    let sent = tokio::time::timeout(Duration::from_secs(10), client.list_tables().send()).await.expect("an answer");
    assert!(matches!(sent, Err(SdkError::DispatchFailure(_))), "{sent:?}");
}
