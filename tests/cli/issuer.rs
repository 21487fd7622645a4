//! `pail app add-issuer` and `remove-issuer`: tokens signed by other issuers.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::dynamodb;
use crate::program::{Server, collection, run_with_input};

const ISSUER: &str = "https://login.example.com/";
const SECRET: &[u8] = b"a secret of more than thirty-two bytes";
const OTHER_SECRET: &[u8] = b"another secret, and just as long as that";

/// A key set with one shared secret.
fn key_set(secret: &[u8]) -> String {
    json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "k1", "k": URL_SAFE_NO_PAD.encode(secret)}]}).to_string()
}

/// A file with this content.
fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file can be made");
    file.write_all(content).expect("it can be written");
    file
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().expect("paths of tests are UTF-8")
}

/// The value of `Authorization` with a token of the issuer.
fn signed(secret: &[u8], claims: &Value) -> String {
    let mut all = json!({"iss": ISSUER, "sub": "alice", "aud": "demo", "exp": get_current_timestamp() + 600});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let header = Header { kid: Some("k1".to_owned()), ..Header::default() };
    let token = jsonwebtoken::encode(&header, &all, &EncodingKey::from_secret(secret)).unwrap();
    format!("Bearer {token}")
}

/// Adds the issuer to the demo app.
fn trust(server: &Server, secret: &[u8], arguments: &[&str]) -> String {
    let file = file(key_set(secret).as_bytes());
    let add = ["app", "add-issuer", "--app", "demo", "--issuer", ISSUER, "--jwks", path(&file)];
    server.pail(&[&add, arguments].concat()).text().to_owned()
}

/// The status of a create with this token in a scope of the demo app.
fn status(server: &Server, bearer: &str, scope: &str) -> u16 {
    server.create(&collection("demo", scope, "notes"), bearer, "{}").status
}

#[test]
fn tokens_of_an_issuer_are_accepted_from_its_addition_to_its_removal() {
    let server = Server::start(&[]);
    let bearer = signed(SECRET, &json!({}));
    let path = collection("demo", "users/alice", "notes");
    server.create(&path, &bearer, "{}").assert_refused(403, "WRONG_TOKEN");
    assert_eq!(trust(&server, SECRET, &[]), format!("The app demo trusts the issuer {ISSUER}."));
    server.create(&path, &bearer, "{}").assert_created();
    server.create(&path, &signed(OTHER_SECRET, &json!({})), "{}").assert_refused(403, "WRONG_TOKEN");
    server.create(&path, &server.bearer("demo", &["--user", "alice"]), "{}").assert_created();

    let remove = ["app", "remove-issuer", "--app", "demo", "--issuer", ISSUER];
    assert_eq!(server.pail(&remove).text(), format!("The app demo trusts the issuer {ISSUER} no longer."));
    server.create(&path, &bearer, "{}").assert_refused(403, "WRONG_TOKEN");
    assert_eq!(
        server.pail(&remove).text(),
        format!("The app demo did not trust the issuer {ISSUER}; `pail app show --app demo` lists those that it does.")
    );
    let removed = server.pail(&[&remove[..], &["--output", "json"]].concat()).json();
    assert_eq!(removed, json!({"appID": "demo", "issuer": ISSUER, "changed": false}));
}

#[test]
fn a_key_set_may_come_from_standard_input() {
    let server = Server::start(&[]);
    let endpoint = server.endpoint();
    let add = [
        "app",
        "add-issuer",
        "--app",
        "demo",
        "--issuer",
        ISSUER,
        "--jwks",
        "-",
        "--output",
        "json",
        "--endpoint-url",
        &endpoint,
    ];
    let added = run_with_input(&add, &format!("\n{}\n", key_set(SECRET)));
    assert_eq!(added.json(), json!({"appID": "demo", "issuer": ISSUER, "changed": true}));
    assert_eq!(status(&server, &signed(SECRET, &json!({})), "users/alice"), 201);
    let refused = run_with_input(&add, "");
    assert!(
        refused.failure().contains("cannot be used: a key set is a JSON object with a list named keys"),
        "{refused:?}"
    );
}

#[test]
fn an_issuer_that_is_added_again_is_replaced() {
    let server = Server::start(&[]);
    trust(&server, SECRET, &["--audience", "elsewhere"]);
    assert_eq!(trust(&server, OTHER_SECRET, &[]), format!("Replaced the issuer {ISSUER} of the app demo."));
    assert_eq!(status(&server, &signed(SECRET, &json!({"aud": "elsewhere"})), ""), 403);
    assert_eq!(status(&server, &signed(OTHER_SECRET, &json!({"aud": "elsewhere"})), ""), 403);
    assert_eq!(status(&server, &signed(OTHER_SECRET, &json!({})), ""), 201);
    let shown = server.pail(&["app", "show", "--app", "demo", "--output", "json"]).json();
    let issuers: Vec<_> = shown["issuers"].as_array().unwrap().iter().map(|issuer| &issuer["issuer"]).collect();
    assert_eq!(issuers, ["pail", ISSUER]);
}

#[test]
fn the_flag_for_audiences_replaces_the_default_audience() {
    let server = Server::start(&[]);
    trust(&server, SECRET, &["--audience", "web", "--audience", "mobile"]);
    for (audience, expected) in
        [(json!("web"), 201), (json!(["other", "mobile"]), 201), (json!("demo"), 403), (json!(["other"]), 403)]
    {
        assert_eq!(status(&server, &signed(SECRET, &json!({"aud": audience})), ""), expected, "{audience}");
    }
    let shown = server.pail(&["app", "show", "--app", "demo"]);
    let line = format!("issuer {ISSUER}, audience web, mobile, keys k1");
    assert!(shown.text().lines().any(|known| known == line), "{shown:?}");
}

#[test]
fn each_issuer_has_its_own_claim_names() {
    let server = Server::start(&[]);
    let names = ["client_id", "custom:role", "kind", "cognito:groups"];
    let flags = ["--audience-claim", "--role-claim", "--principal-type-claim", "--groups-claim"];
    let arguments: Vec<&str> = flags.iter().zip(names).flat_map(|(flag, name)| [*flag, name]).collect();
    trust(&server, SECRET, &arguments);
    let status = |claims: Value, scope: &str| {
        let mut all = json!({"aud": null, "client_id": "demo"});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        status(&server, &signed(SECRET, &all), scope)
    };
    // The configured claims are read.
    assert_eq!(status(json!({}), "users/alice"), 201);
    assert_eq!(status(json!({"cognito:groups": ["editors"]}), "groups/editors"), 201);
    assert_eq!(status(json!({"custom:role": "admin"}), "users/bob"), 201);
    assert_eq!(status(json!({"kind": "thing", "sub": "lamp"}), "things/lamp"), 201);
    // The claims with the default names are ignored.
    assert_eq!(status(json!({"groups": ["others"]}), "groups/others"), 401);
    assert_eq!(status(json!({"role": "admin"}), "users/bob"), 401);
    assert_eq!(status(json!({"principal_type": "thing", "sub": "fan"}), "things/fan"), 401);
    assert_eq!(status(json!({"client_id": "other", "aud": "demo"}), "users/alice"), 403);
    let shown = server.pail(&["app", "show", "--app", "demo", "--output", "json"]).json();
    let expected = json!({"audience": names[0], "role": names[1], "principal_type": names[2], "groups": names[3]});
    assert_eq!(shown["issuers"][1]["claims"], expected);
}

#[test]
fn a_key_set_that_cannot_be_used_is_refused_with_the_reason() {
    let server = Server::start(&[]);
    let before = dynamodb::scan(&server, "pail-apps");
    let secret = |kid: &str, bytes: usize| json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": URL_SAFE_NO_PAD.encode(vec![7; bytes])});
    let public =
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "p", "x": URL_SAFE_NO_PAD.encode([7; 32])});
    let rsa = json!({"kty": "RSA", "alg": "RS256", "n": URL_SAFE_NO_PAD.encode([0xff; 128]), "e": "AQAB"});
    let set = |keys: Value| json!({"keys": keys}).to_string();
    let shape = "a key set is a JSON object with a list named keys, each with kty, alg and, if there are several, a kid of its own";
    let weak = "a key of the set is too weak: HS256 takes at least 32 bytes, RS256 and PS256 take 2048 to 8192 bits";
    let unusable = "no key of the set can be used: each needs an alg of HS256, RS256, PS256, ES256 (P-256) or EdDSA (Ed25519) that fits its kty";
    for (content, reason) in [
        (String::new(), shape),
        ("no JSON".to_owned(), shape),
        ("[]".to_owned(), shape),
        (secret("a", 32).to_string(), shape),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), shape),
        (set(json!([secret("a", 31)])), weak),
        (set(json!([rsa])), weak),
        (set(json!([secret("a", 32), secret("a", 33)])), r#"the key ID "a" stands twice in the key set"#),
        (
            set(json!([secret("a", 32), public])),
            "a key set holds either shared secrets (HS256) or public keys, not both",
        ),
        (set(json!([])), unusable),
        (set(json!([{"kty": "oct", "k": "AAAA"}])), unusable),
    ] {
        let file = file(content.as_bytes());
        let ran = server.pail(&["app", "add-issuer", "--app", "demo", "--issuer", ISSUER, "--jwks", path(&file)]);
        assert_eq!(ran.failure(), format!("{} cannot be used: {reason}", path(&file)), "{content}");
    }
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
}

#[test]
fn a_file_that_cannot_be_read_is_reported() {
    let server = Server::start(&[]);
    let binary = file(b"\xff\xfe");
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json");
    for file in [binary.path(), folder.path(), &missing] {
        let file = file.to_str().unwrap();
        let ran = server.pail(&["app", "add-issuer", "--app", "demo", "--issuer", ISSUER, "--jwks", file]);
        assert!(ran.failure().starts_with(&format!("{file} cannot be read: ")), "{ran:?}");
    }
}

#[test]
fn the_own_issuer_gets_a_new_secret() {
    let server = Server::start(&[]);
    let old = server.bearer("demo", &["--user", "alice"]);
    let own = ["app", "add-issuer", "--app", "demo", "--own"];
    assert_eq!(server.pail(&own).text(), "Replaced the issuer pail of the app demo.");
    assert_eq!(status(&server, &old, ""), 403);
    assert_eq!(status(&server, &server.bearer("demo", &["--user", "alice"]), ""), 201);
    server.pail(&["app", "remove-issuer", "--app", "demo", "--issuer", "pail"]).text();
    assert!(server.pail(&["token", "--app", "demo", "--admin"]).failure().contains("has no key of its own"));
    assert_eq!(server.pail(&own).text(), "The app demo trusts the issuer pail.");
    assert_eq!(status(&server, &server.bearer("demo", &["--user", "alice"]), ""), 201);
}

#[test]
fn own_and_issuer_exclude_each_other() {
    let server = Server::start(&[]);
    let add = |arguments: &[&str]| server.pail(&[&["app", "add-issuer", "--app", "demo"], arguments].concat());
    assert!(add(&[]).misuse().contains("--own"));
    assert!(add(&["--issuer", ISSUER]).misuse().contains("--jwks <FILE>"));
    assert!(add(&["--own", "--issuer", ISSUER, "--jwks", "-"]).misuse().contains("cannot be used with"));
    assert!(add(&["--own", "--groups-claim", "g"]).misuse().contains("cannot be used with"));
    let key_set = file(key_set(SECRET).as_bytes());
    assert_eq!(
        add(&["--issuer", "pail", "--jwks", path(&key_set)]).failure(),
        "the issuer pail is Pail's own: --own gives the app a new secret for it"
    );
}
