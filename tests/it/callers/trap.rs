//! A server that must get no request: Pail fetches no URL from a token or from an issuer's name.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use super::signers::{Signer, is_wrong, owner, public, trusting, trusting_keys};
use pail_testing::callers::{ISSUER, issuer, issuer_with};

/// A server that never answers. The operating system queues connections until they are counted.
struct Trap(TcpListener);

impl Trap {
    fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not wait");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/jwks.json", self.0.local_addr().expect("an address"))
    }

    /// The number of connections since the last call.
    fn visitors(&self) -> usize {
        let visit = || match self.0.accept() {
            Ok(_) => Some(()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                None
            }
        };
        std::iter::from_fn(visit).count()
    }
}

#[test]
fn the_trap_counts_connections() {
    let trap = Trap::set();
    assert_eq!(trap.visitors(), 0);
    let address = trap.0.local_addr().expect("an address");
    let _visits = [TcpStream::connect(address).expect("a visit"), TcpStream::connect(address).expect("a visit")];
    assert_eq!((trap.visitors(), trap.visitors()), (2, 0));
}

#[tokio::test]
async fn no_url_in_a_header_is_fetched() {
    let trap = Trap::set();
    let url = trap.url();
    let installation = trusting_keys(public()).await;
    for signer in public() {
        let Signer { name, jwk, .. } = signer;
        for (parameter, value) in [
            ("jku", json!(url)),
            ("x5u", json!(url)),
            ("jwk", json!({"kty": "RSA", "alg": name, "kid": name, "x5u": url, "jku": url})),
            ("x5c", json!([url])),
            ("kid", json!(url)),
            ("iss", json!(url)),
        ] {
            let mut header = json!({"alg": name, "kid": jwk["kid"]});
            header[parameter] = value;
            let token = signer.sign(&header, json!({}));
            if ["iss", "jku", "x5u", "x5c"].contains(&parameter) {
                // A parameter that Pail ignores, as the key is named by `kid`.
                assert_eq!(owner(&installation, &token).await, "UserID:alice");
            } else {
                is_wrong(&installation, &token).await;
            }
            is_wrong(&installation, &signer.sign(&header, json!({"iss": url}))).await;
        }
    }
    assert_eq!(trap.visitors(), 0);
}

#[tokio::test]
async fn no_issuers_url_is_fetched_with_or_without_its_keys() {
    let trap = Trap::set();
    let url = trap.url();
    let [signer, ..] = public() else { panic!("there is a signer") };
    let token = |issuer: &str| signer.sign(&json!({"alg": signer.name, "kid": signer.name}), json!({"iss": issuer}));
    let mut linked = signer.jwk.clone();
    linked["x5u"] = json!(url);
    let known = issuer_with(&url, &[linked]);
    let installation = trusting(vec![issuer(), known]).await;
    assert_eq!(owner(&installation, &token(&url)).await, "UserID:alice");
    is_wrong(&installation, &token(ISSUER)).await;
    let unknown = issuer_with(&url, &[]);
    let installation = trusting(vec![issuer(), unknown]).await;
    is_wrong(&installation, &token(&url)).await;
    assert_eq!(trap.visitors(), 0);
}
