//! `pail app add-issuer` and `remove-issuer`: tokens signed by other issuers.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::dynamodb;
use crate::program::{Ran, Server, collection, run_with_input};

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
    let role = json!({"name": names[1], "value": "admin"});
    let expected = json!({
        "user": "sub", "audience": [names[0]], "role": role, "principal_type": names[2], "groups": names[3],
    });
    assert_eq!(shown["issuers"][1]["claims"], expected);
}

#[test]
fn a_key_set_that_cannot_be_used_is_refused_with_the_reason() {
    let server = Server::start(&[]);
    let before = dynamodb::scan(&server, "pail-apps");
    let secret = |kid: &str, bytes: usize| json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": URL_SAFE_NO_PAD.encode(vec![7; bytes])});
    let public =
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "p", "x": URL_SAFE_NO_PAD.encode([7; 32])});
    let rsa = |n: String| json!({"kty": "RSA", "kid": "r", "n": n, "e": "AQAB"});
    let set = |keys: Value| json!({"keys": keys}).to_string();
    let shape = "a key set is a JSON object with a list named keys, whose members are objects, and in which no name occurs twice";
    let weak = r#"the key "a": k is too weak: it has 31 bytes, and HS256 takes at least 32"#;
    let weak_rsa = r#"the key "r": n is too weak or too long: it has 1024 bits, and RSA keys take 2048 to 8192"#;
    let plain = r#"the key "r": n is not Base64 for URLs, with - and _ and without = at the end (RFC 7515, section 2)"#;
    let usable = "a key is for signatures with RS256, PS256, ES256 (P-256), EdDSA (Ed25519) or HS256";
    let none = format!("no key of the set can be used: it has none; {usable}");
    let unusable = format!(
        "no key of the set can be used: key 1 of the set: a missing alg is not used with kty \"oct\", the key \"r\": use is \
         \"enc\", not sig; {usable}"
    );
    let mut for_encryption = rsa("AQAB".to_owned());
    for_encryption["use"] = json!("enc");
    for (content, reason) in [
        (String::new(), shape),
        ("no JSON".to_owned(), shape),
        ("[]".to_owned(), shape),
        (secret("a", 32).to_string(), shape),
        (r#"{"keys":[],"keys":[]}"#.to_owned(), shape),
        (set(json!([secret("a", 31)])), weak),
        (set(json!([rsa(URL_SAFE_NO_PAD.encode([0xff; 128]))])), weak_rsa),
        (set(json!([rsa(STANDARD.encode([0xff; 256]))])), plain),
        (set(json!([rsa(URL_SAFE.encode([0xff; 256]))])), plain),
        (set(json!([{"kty": "RSA", "e": "AQAB"}])), "key 1 of the set: n is missing"),
        (
            set(json!([secret("a", 32), secret("a", 33)])),
            r#"the key "a": kid stands twice in the key set, with different keys for one alg"#,
        ),
        (
            set(json!([secret("a", 32), public])),
            "a key set holds either shared secrets (HS256) or public keys, not both",
        ),
        (set(json!([])), &none),
        (set(json!([{"kty": "oct", "k": "AAAA"}, for_encryption])), &unusable),
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
    assert!(add(&["--own", "--issuer", ISSUER, "--jwks", "-"]).misuse().contains("cannot be used with"));
    assert!(add(&["--own", "--groups-claim", "g"]).misuse().contains("cannot be used with"));
    let key_set = file(key_set(SECRET).as_bytes());
    assert_eq!(
        add(&["--issuer", "pail", "--jwks", path(&key_set)]).failure(),
        "the issuer pail is Pail's own: --own gives the app a new secret for it"
    );
}

/// Runs `add-issuer` for the demo app with an issuer and a key set of this text.
fn add(server: &Server, issuer: &str, keys: &str, further: &[&str]) -> Ran {
    let file = file(keys.as_bytes());
    let arguments = ["app", "add-issuer", "--app", "demo", "--issuer", issuer, "--jwks", path(&file)];
    server.pail(&[&arguments, further].concat())
}

/// What is stored of the issuers of the demo app.
fn stored(server: &Server) -> Vec<Value> {
    let item = dynamodb::scan(server, "pail-apps").remove(0);
    serde_json::from_str(item["issuers"]["S"].as_str().expect("a text")).expect("JSON")
}

#[test]
fn a_key_set_is_stored_without_what_verifying_does_not_need() {
    let server = Server::start(&[]);
    let modulus = URL_SAFE_NO_PAD.encode([0xfb; 256]);
    let published = |kid: &str| {
        json!({
            "kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": modulus, "e": "AQAB", "x5c": ["MIIC".repeat(300)],
            "issuer": "https://login.example/{t}/v2.0",
        })
    };
    let keys: Vec<Value> = (0..9).map(|number| published(&format!("key-{number}"))).collect();
    // Once more the same key, one for encryption with the ID of another, and a byte-order mark.
    let mut more = vec![published("key-3"), published("key-4")];
    more[1]["use"] = json!("enc");
    let all = [&keys[..], &more].concat();
    let text = format!("\u{feff}{}", json!({ "keys": all }));
    assert_eq!(add(&server, ISSUER, &text, &[]).text(), format!("The app demo trusts the issuer {ISSUER}."));
    let reduced = |kid: String, alg: &str| json!({"kty": "RSA", "alg": alg, "kid": kid, "n": modulus, "e": "AQAB"});
    let expected = |alg: &str| (0..9).map(|number| reduced(format!("key-{number}"), alg)).collect::<Vec<Value>>();
    assert_eq!(stored(&server)[1], json!({"issuer": ISSUER, "key_set": {"keys": expected("RS256")}}));
    // Two read units at most, with all else that the app's item holds.
    let item = dynamodb::scan(&server, "pail-apps").remove(0);
    assert!(item.to_string().len() < 8_192, "{}", item.to_string().len());
    add(&server, ISSUER, &text, &["--alg", "PS256"]).text();
    assert_eq!(stored(&server)[1]["key_set"]["keys"], json!(expected("PS256")));
}

#[test]
fn an_issuer_that_no_token_can_have_is_refused() {
    let server = Server::start(&[]);
    for bad in ["", " ", " https://login.example.com/", "https://login.example.com/ ", "https://login.example.com/\n"] {
        let ran = add(&server, bad, &key_set(SECRET), &[]);
        assert!(ran.misuse().contains("it is not empty, and has no blanks around it"), "{ran:?}");
    }
    for empty in ["--audience", "--audience-claim", "--user-claim", "--role-claim", "--groups-claim", "--user-prefix"] {
        assert!(add(&server, ISSUER, &key_set(SECRET), &[empty, ""]).misuse().contains(empty));
    }
    assert!(
        add(&server, ISSUER, &key_set(SECRET), &["--user-prefix", "a|"]).misuse().contains("a user prefix is 1 to 32")
    );
    assert!(add(&server, ISSUER, &key_set(SECRET), &["--role-value", "x"]).misuse().contains("--role-claim"));
    assert!(add(&server, ISSUER, &key_set(SECRET), &["--alg", "ES256"]).misuse().contains("RS256, PS256"));
    let both = add(&server, ISSUER, &key_set(SECRET), &["--user-prefix", "a", "--same-users"]);
    assert!(both.misuse().contains("cannot be used with"));
    assert_eq!(stored(&server).len(), 1);
}

const SECOND: &str = "https://second.example.com";
const THIRD: &str = "https://third.example.com";

#[test]
fn from_the_second_foreign_issuer_on_the_operator_says_whose_users_are_the_same() {
    let server = Server::start(&[]);
    let keys = key_set(SECRET);
    trust(&server, SECRET, &[]);
    let before = dynamodb::scan(&server, "pail-apps");
    let refused = add(&server, SECOND, &keys, &[]);
    assert_eq!(
        refused.failure(),
        format!(
            "the app demo trusts {ISSUER} already, whose user 1001 may be somebody else than the user 1001 of {SECOND}: tell \
             them apart with --user-prefix, or say --same-users if they are the same people"
        )
    );
    assert_eq!(dynamodb::scan(&server, "pail-apps"), before);
    add(&server, SECOND, &keys, &["--user-prefix", "ad-"]).text();
    // The first one stays as it is, and is replaced without a word.
    assert_eq!(trust(&server, SECRET, &[]), format!("Replaced the issuer {ISSUER} of the app demo."));
    // One that had a prefix is not taken back to the users of the others by mistake.
    let refused = add(&server, SECOND, &keys, &[]);
    assert!(refused.failure().contains("begin with ad- in the app demo: give --user-prefix ad- again"), "{refused:?}");
    add(&server, SECOND, &keys, &["--user-prefix", "ad-"]).text();
    assert!(add(&server, THIRD, &keys, &[]).failure().contains("--same-users"));
    add(&server, THIRD, &keys, &["--same-users"]).text();
    let shown = server.pail(&["app", "show", "--app", "demo"]);
    let line = format!("issuer {SECOND}, audience demo, users ad-…, keys k1");
    assert!(shown.text().lines().any(|known| known == line), "{shown:?}");
    // The own issuer is not asked.
    server.pail(&["app", "add-issuer", "--app", "demo", "--own"]).text();
    let names: Vec<Value> = stored(&server).iter().map(|issuer| issuer["issuer"].clone()).collect();
    assert_eq!(names, ["pail", ISSUER, SECOND, THIRD]);
}

#[test]
fn no_prefix_begins_with_another() {
    let server = Server::start(&[]);
    let keys = key_set(SECRET);
    add(&server, ISSUER, &keys, &["--user-prefix", "ad-"]).text();
    for prefix in ["ad-", "ad-b", "a", "ad"] {
        let refused = add(&server, SECOND, &keys, &["--user-prefix", prefix]);
        assert_eq!(
            refused.failure(),
            format!(
                "the user prefix {prefix} and that of {ISSUER}, ad-, do not tell users apart: neither may begin with the other"
            )
        );
    }
    add(&server, SECOND, &keys, &["--user-prefix", "ae-"]).text();
    // One issuer may change its own.
    add(&server, ISSUER, &keys, &["--user-prefix", "ad-b"]).text();
}

#[test]
fn two_issuers_with_the_same_subject_are_two_people() {
    let server = Server::start(&[]);
    trust(&server, SECRET, &[]);
    add(&server, SECOND, &key_set(OTHER_SECRET), &["--user-prefix", "two-", "--role-claim", "role"]).text();
    let first = |sub: &str| signed(SECRET, &json!({"sub": sub}));
    let second = |sub: &str| signed(OTHER_SECRET, &json!({"sub": sub, "iss": SECOND}));
    assert_eq!(status(&server, &first("1001"), "users/1001"), 201);
    assert_eq!(status(&server, &second("1001"), "users/1001"), 401);
    assert_eq!(status(&server, &second("1001"), "users/two-1001"), 201);
    assert_eq!(status(&server, &first("two-1001"), "users/me"), 403);
    // The app's own tokens cannot be of such users either.
    assert_eq!(status(&server, &server.bearer("demo", &["--user", "two-1001"]), "users/me"), 403);
    assert_eq!(status(&server, &server.bearer("demo", &["--user", "1001"]), "users/1001"), 201);
    // Only the second issuer has a claim for administrators.
    assert_eq!(status(&server, &signed(SECRET, &json!({"role": "admin"})), "users/bob"), 401);
    assert_eq!(status(&server, &signed(OTHER_SECRET, &json!({"role": "admin", "iss": SECOND})), "users/bob"), 201);
}

#[test]
fn a_user_of_any_usual_id_is_the_one_that_the_command_line_names() {
    let server = Server::start(&[]);
    trust(&server, SECRET, &["--user-claim", "ids.uid"]);
    for id in ["auth0|64a1f2c3d4e5", "f:9c1d7a80-1:jdoe", "ann+x@acme.example", "did:key:z6Mk"] {
        let foreign = signed(SECRET, &json!({"sub": "x", "ids": {"uid": id}}));
        let created = server.create(&collection("demo", "users/me", "notes"), &foreign, "{}");
        created.assert_created();
        let location = created.header("location").expect("a location").to_owned();
        assert!(location.contains(&format!("/users/{}/", id.replace('|', "%7C"))), "{location}");
        assert_eq!(status(&server, &server.bearer("demo", &["--user", id]), "users/me"), 201);
        let scope = format!("users/{id}");
        let entry = ["CREATE_OBJECTS_IN_BUCKET", &format!("UserID:{id}")].map(str::to_owned);
        let grant = ["acl", "grant", "--app", "demo", "--user", "bob", "--bucket", "notes", &entry[0], &entry[1]];
        server.pail(&grant).text();
        assert_eq!(status(&server, &foreign, "users/bob"), 201, "{scope}");
    }
}
