//! Issuers that publish their keys: discovery, rotation, and what does not change the keys that are there.

use jsonwebtoken::get_current_timestamp;
use pail_testing::callers::sign;
use pail_testing::signers::{Signer, public};
use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Server, collection};
use crate::provider::{Provider, Reply};

/// A key of a signer with a `kid`, and tokens that it signs.
struct Key {
    kid: &'static str,
    signer: &'static Signer,
    jwk: Value,
}

fn key(kid: &'static str, at: usize) -> Key {
    let signer = &public()[at];
    let mut jwk = signer.jwk.clone();
    jwk["kid"] = kid.into();
    jwk["use"] = "sig".into();
    Key { kid, signer, jwk }
}

impl Key {
    fn token(&self, provider: &Provider) -> String {
        let now = get_current_timestamp();
        let claims = json!({"iss": provider.issuer(), "sub": "alice", "aud": "demo", "iat": now, "exp": now + 300});
        let header = json!({"alg": self.signer.name, "kid": self.kid, "typ": "JWT"});
        sign(&header, &claims, self.signer.algorithm, &self.signer.key)
    }

    /// The status of a create with a token that it has signed.
    fn status(&self, server: &Server, provider: &Provider) -> u16 {
        let bearer = format!("Bearer {}", self.token(provider));
        server.create(&collection("demo", "users/alice", "notes"), &bearer, "{}").status
    }
}

fn add(server: &Server, provider: &Provider, more: &[&str]) -> crate::program::Ran {
    let issuer = provider.issuer();
    provider.pail(server, &[&["app", "add-issuer", "--app", "demo", "--issuer", &issuer], more].concat())
}

fn refresh(server: &Server, provider: &Provider) -> (Value, String) {
    let ran = provider.pail(server, &["app", "refresh-issuers", "--output", "json"]);
    (ran.json(), ran.stderr)
}

#[test]
fn an_issuer_is_found_by_its_discovery_document_alone() {
    let (server, provider, first) = (Server::start(&[]), Provider::start(), key("first", 0));
    provider.publish(&[&first.jwk]);
    assert_eq!(first.status(&server, &provider), 403);
    let added = add(&server, &provider, &[]);
    assert_eq!(added.text(), format!("The app demo trusts the issuer {}.", provider.issuer()));
    assert_eq!(provider.take_requests(), ["/.well-known/openid-configuration", "/keys"]);
    assert_eq!(first.status(&server, &provider), 201);
    assert_eq!(provider.take_requests(), Vec::<String>::new(), "no request of a client fetches anything");
}

#[test]
fn the_other_form_of_discovery_and_the_url_of_a_key_set_work_as_well() {
    let (provider, first) = (Provider::start(), key("first", 0));
    let issuer = provider.issuer();
    provider.answer("/keys", Reply::Json(json!({"keys": [first.jwk]})));
    let keys = format!("{issuer}/keys");
    provider
        .answer("/.well-known/oauth-authorization-server", Reply::Json(json!({"issuer": issuer, "jwks_uri": keys})));
    for more in [&[][..], &["--jwks", &keys]] {
        let server = Server::start(&[]);
        add(&server, &provider, more).text();
        assert_eq!(first.status(&server, &provider), 201, "{more:?}");
    }
}

#[test]
fn keys_are_rotated_old_and_new_side_by_side_and_then_the_old_one_is_gone() {
    let (server, provider) = (Server::start(&[]), Provider::start());
    let (old, new) = (key("old", 0), key("new", 1));
    provider.publish(&[&old.jwk]);
    add(&server, &provider, &[]).text();
    assert_eq!(refresh(&server, &provider).0, json!({"issuers": 1, "changed": 0, "failed": 0}));
    provider.publish(&[&old.jwk, &new.jwk]);
    assert_eq!((old.status(&server, &provider), new.status(&server, &provider)), (201, 403));
    assert_eq!(refresh(&server, &provider).0, json!({"issuers": 1, "changed": 1, "failed": 0}));
    assert_eq!((old.status(&server, &provider), new.status(&server, &provider)), (201, 201));
    provider.publish(&[&new.jwk]);
    refresh(&server, &provider);
    assert_eq!((old.status(&server, &provider), new.status(&server, &provider)), (403, 201));
}

#[test]
fn a_url_that_gives_no_usable_key_set_changes_nothing() {
    let (server, provider, first) = (Server::start(&[]), Provider::start(), key("first", 0));
    provider.publish(&[&first.jwk]);
    add(&server, &provider, &[]).text();
    let before = dynamodb::scan(&server, "pail-apps");
    let elsewhere = format!("{}/other", provider.issuer());
    let weak = json!({"keys": [{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}]});
    let secret = json!({"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "k": "A".repeat(43)}]});
    for (reply, why) in [
        (Reply::Status(500, "{}"), "status 500"),
        (Reply::Status(404, ""), "status 404"),
        (Reply::Status(200, "<html>Sign in</html>"), "a key set is a JSON object"),
        (Reply::Status(200, ""), "a key set is a JSON object"),
        (Reply::Json(json!({"keys": []})), "no key of the set can be used"),
        (Reply::Json(json!({"keys": "none"})), "a key set is a JSON object"),
        (Reply::Json(json!([1, 2])), "a key set is a JSON object"),
        (Reply::Json(weak), "n"),
        (Reply::Json(secret), "shared secrets"),
        (Reply::Redirect(elsewhere), "redirect"),
        (Reply::Large(10_000_000), "more than 256 KB"),
        (Reply::Drip, "within 3 seconds"),
    ] {
        provider.answer("/keys", reply);
        let (refreshed, notes) = refresh(&server, &provider);
        assert_eq!(refreshed, json!({"issuers": 1, "changed": 0, "failed": 1}), "{why}");
        assert!(notes.contains(why) && notes.contains(&provider.issuer()), "{why}: {notes}");
        assert_eq!(dynamodb::scan(&server, "pail-apps"), before, "{why}");
    }
    assert_eq!(first.status(&server, &provider), 201);
}

#[test]
fn a_discovery_document_that_is_not_the_issuers_or_leads_astray_is_refused() {
    let (server, provider, first) = (Server::start(&[]), Provider::start(), key("first", 0));
    provider.publish(&[&first.jwk]);
    let before = dynamodb::scan(&server, "pail-apps");
    let issuer = provider.issuer();
    let document = |issuer: &str, uri: &str| {
        let document = json!({"issuer": issuer, "jwks_uri": uri});
        provider.answer("/.well-known/openid-configuration", Reply::Json(document));
    };
    for (of, uri, why) in [
        (format!("{issuer}/"), format!("{issuer}/keys"), "is of the issuer"),
        ("https://login.example".to_owned(), format!("{issuer}/keys"), "is of the issuer https://login.example"),
        (issuer.clone(), "file:///etc/passwd".to_owned(), "is refused"),
        (issuer.clone(), "http://login.example/keys".to_owned(), "is refused"),
        (issuer.clone(), "ftp://localhost/keys".to_owned(), "is refused"),
    ] {
        document(&of, &uri);
        let failed = add(&server, &provider, &[]);
        assert!(failed.failure().contains(why), "{uri}: {failed:?}");
    }
    provider.answer("/.well-known/openid-configuration", Reply::Status(404, ""));
    assert!(add(&server, &provider, &[]).failure().contains("has no discovery document"));
    // An issuer elsewhere never leads to this machine, nor to its network link.
    for uri in
        ["https://localhost/keys", "https://127.0.0.1/keys", "https://169.254.169.254/keys", "https://[::1]/keys"]
    {
        let elsewhere = ["app", "add-issuer", "--app", "demo", "--issuer", "https://login.example", "--jwks", uri];
        assert!(provider.pail(&server, &elsewhere).failure().contains("must not lead to this machine"), "{uri}");
    }
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
}

#[test]
fn a_flood_of_made_up_key_ids_fetches_nothing() {
    let (server, provider, first) = (Server::start(&[]), Provider::start(), key("first", 0));
    provider.publish(&[&first.jwk]);
    add(&server, &provider, &[]).text();
    provider.take_requests();
    let made_up = key("made-up", 1);
    for _ in 0..200 {
        assert_eq!(made_up.status(&server, &provider), 403);
    }
    assert_eq!(first.status(&server, &provider), 201);
    assert_eq!(provider.take_requests(), Vec::<String>::new());
}

#[test]
fn refreshes_and_operators_at_once_lose_nothing() {
    let (server, provider) = (Server::start(&[]), Provider::start());
    let (old, new) = (key("old", 0), key("new", 1));
    provider.publish(&[&old.jwk]);
    add(&server, &provider, &[]).text();
    provider.publish(&[&new.jwk]);
    std::thread::scope(|scope| {
        for at in 0..3 {
            let (server, provider) = (&server, &provider);
            scope.spawn(move || refresh(server, provider));
            scope.spawn(move || {
                let key = format!("another-key-{at}");
                server.pail(&["app", "add-key", "--app", "demo", "--key", &key]).text();
            });
        }
    });
    assert_eq!((old.status(&server, &provider), new.status(&server, &provider)), (403, 201));
    // The first key, and the three that were added meanwhile.
    let shown = server.pail(&["app", "show", "--app", "demo", "--output", "json"]).json();
    assert_eq!(shown["keys"].as_array().map(Vec::len), Some(4), "{shown}");
}
