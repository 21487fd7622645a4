//! `pail token`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{Ran, Server, collection, run, run_with_input};

/// The claims of a token, with its lifetime instead of its times.
fn claims(token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "{token}");
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let times = ["iat", "exp"].map(|name| claims.as_object_mut().unwrap().remove(name).unwrap().as_u64().unwrap());
    claims["good for"] = json!(times[1] - times[0]);
    claims
}

#[test]
fn a_token_says_who_its_bearer_is_and_how_long() {
    let server = Server::start(&[]);
    let hour = 3600;
    for (arguments, expected) in [
        (&["--user", "alice"][..], json!({"sub": "alice", "good for": hour})),
        (&["--thing", "lamp"], json!({"sub": "lamp", "principal_type": "thing", "good for": hour})),
        (&["--admin"], json!({"sub": "admin", "role": "admin", "good for": hour})),
        (
            &["--user", "alice", "--group", "editors", "--group", "readers"],
            json!({"sub": "alice", "groups": ["editors", "readers"], "good for": hour}),
        ),
        (&["--user", "a", "--expires-in", "90s"], json!({"sub": "a", "good for": 90})),
        (&["--user", "a", "--expires-in", "1day 1h"], json!({"sub": "a", "good for": 25 * hour})),
    ] {
        let ran = server.pail(&[&["token", "--app", "demo"], arguments].concat());
        let mut expected = expected;
        expected["iss"] = json!("pail");
        expected["aud"] = json!("demo");
        assert_eq!(claims(ran.text()), expected, "{arguments:?}");
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
}

#[test]
fn only_the_token_is_printed() {
    let server = Server::start(&[]);
    for form in ["text", "json"] {
        let ran = server.pail(&["token", "--app", "demo", "--user", "alice", "--output", form]);
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
        assert!(ran.text().chars().all(is_plain), "{ran:?}");
    }
}

#[test]
fn a_token_gives_the_rights_of_its_bearer() {
    let server = Server::start(&[]);
    let alice = server.bearer("demo", &["--user", "alice"]);
    let editor = server.bearer("demo", &["--user", "bob", "--group", "editors"]);
    let lamp = server.bearer("demo", &["--thing", "lamp"]);
    let admin = server.bearer("demo", &["--admin"]);
    let may = |bearer: &str, scope: &str| {
        let answer = server.create(&collection("demo", scope, "notes"), bearer, "{}");
        if answer.status != 201 {
            answer.assert_refused(401, "UNAUTHORIZED");
        }
        answer.status == 201
    };
    let scopes = ["", "users/alice", "users/me", "groups/editors", "things/lamp"];
    assert_eq!(scopes.map(|scope| may(&alice, scope)), [true, true, true, false, false]);
    assert_eq!(scopes.map(|scope| may(&editor, scope)), [true, false, true, true, false]);
    assert_eq!(scopes.map(|scope| may(&lamp, scope)), [true, false, false, false, true]);
    assert_eq!(scopes.map(|scope| may(&admin, scope)), [true, true, false, true, true]);
}

#[test]
fn a_token_is_accepted_by_its_app_only() {
    let server = Server::start(&["--app", "one", "--key", "k", "--app", "two", "--key", "k"]);
    let bearer = server.bearer("one", &["--admin"]);
    server.create(&collection("two", "", "notes"), &bearer, "{}").assert_refused(403, "WRONG_TOKEN");
}

#[test]
fn a_note_warns_of_a_token_that_pail_would_refuse() {
    let server = Server::start(&[]);
    let long = server.pail(&["token", "--app", "demo", "--admin", "--expires-in", "31d"]);
    assert!(long.stderr.starts_with("note: Pail refuses tokens that are good for more than 30 days, "), "{long:?}");
    let path = collection("demo", "", "notes");
    server.create(&path, &format!("Bearer {}", long.text()), "{}").assert_refused(403, "WRONG_TOKEN");
    server.pail(&["app", "disable", "--app", "demo"]).text();
    let useless = server.pail(&["token", "--app", "demo", "--admin"]);
    assert!(useless.stderr.starts_with("note: the app demo is disabled, "), "{useless:?}");
    assert_eq!(claims(useless.text())["aud"], "demo");
}

#[test]
fn a_token_has_exactly_one_bearer() {
    for bearers in [&[][..], &["--user", "a", "--thing", "b"], &["--user", "a", "--admin"], &["--group", "g"]] {
        let ran = run(&[&["token", "--app", "demo"], bearers].concat());
        let message = ran.misuse();
        assert!(message.contains("--user <ID>") || message.contains("--thing <ID>"), "{message}");
    }
    assert!(run(&["token", "--user", "a"]).misuse().contains("--app <ID>"));
}

#[test]
fn invalid_names_and_lifetimes_are_refused() {
    for (wrong, message) in [
        (&["--user", "me"][..], "a user ID is 1 to 128 of A-Z a-z 0-9 . _ - | : @ + = ~ , and none of"),
        (&["--user", "ANONYMOUS_USER"], "a user ID is 1 to 128 of A-Z a-z 0-9 . _ - | : @ + = ~ , and none of"),
        (&["--user", "a/b"], "a user ID is 1 to 128 of A-Z a-z 0-9 . _ - | : @ + = ~ , and none of"),
        (&["--thing", ".."], "a thing ID is 1 to 64 of A-Z a-z 0-9 . _ - and neither . nor .."),
        (&["--user", "a", "--group", ""], "a group ID is 1 to 128 of A-Z a-z 0-9 . _ - and neither . nor .."),
        (&["--user", "a", "--expires-in", "soon"], "--expires-in <TIME>"),
        (&["--user", "a", "--expires-in=-1h"], "--expires-in <TIME>"),
    ] {
        let ran = run(&[&["token", "--app", "demo"], wrong].concat());
        assert!(ran.misuse().contains(message), "{wrong:?}: {ran:?}");
    }
}

#[test]
fn a_token_needs_an_app_with_a_secret_of_its_own() {
    let server = Server::start(&[]);
    assert_eq!(
        server.pail(&["token", "--app", "ghost", "--admin"]).failure(),
        "there is no app ghost: `pail app create --app ghost` makes it, and `pail app list` shows all"
    );
    server.pail(&["app", "create", "--app", "plain", "--no-own-issuer"]).text();
    assert_eq!(
        server.pail(&["token", "--app", "plain", "--admin"]).failure(),
        "the app plain has no key of its own to sign with: `pail app add-issuer --app plain --own` gives it one"
    );
    server.pail(&["app", "add-issuer", "--app", "plain", "--own"]).text();
    let bearer = server.bearer("plain", &["--admin"]);
    server.create(&collection("plain", "", "notes"), &bearer, "{}").assert_created();
}

/// The status of a create with this token in a scope of the demo app.
fn status(server: &Server, token: &str, scope: &str) -> u16 {
    server.create(&collection("demo", scope, "notes"), &format!("Bearer {token}"), "{}").status
}

/// Runs `pail token revoke` with this token.
fn revoke(server: &Server, token: &str, further: &[&str]) -> Ran {
    server.pail(&[&["token", "revoke", "--app", "demo", token], further].concat())
}

#[test]
fn an_opaque_token_is_short_and_good_until_it_is_revoked() {
    let server = Server::start(&[]);
    for (bearer, scope) in [
        (&["--user", "alice"][..], "users/me"),
        (&["--user", "alice", "--group", "editors"], "groups/editors"),
        (&["--thing", "lamp"], "things/lamp"),
        (&["--admin"], "users/bob"),
    ] {
        let ran = server.pail(&[&["token", "--app", "demo", "--opaque", "--expires-in", "365d"], bearer].concat());
        let token = ran.text().to_owned();
        assert_eq!((token.len(), &token[..5], ran.stderr.as_str()), (48, "pail_", ""));
        assert_eq!(status(&server, &token, scope), 201, "{bearer:?}");
        let stored = dynamodb::scan(&server, "pail-objects");
        assert!(!json!(stored).to_string().contains(&token[5..]), "only a digest is kept");
        assert_eq!(revoke(&server, &token, &[]).text(), "The token of the app demo is good no longer.");
        assert_eq!(status(&server, &token, scope), 403, "{bearer:?}");
        let again = revoke(&server, &token, &["--output", "json"]).json();
        assert_eq!(again, json!({"appID": "demo", "changed": true}));
    }
}

#[test]
fn what_cannot_be_revoked_is_explained() {
    let server = Server::start(&[]);
    let unknown = format!("pail_{}", "x".repeat(43));
    assert_eq!(
        revoke(&server, &unknown, &[]).text(),
        "The app demo has no such token: it has expired, or is of another app."
    );
    assert_eq!(revoke(&server, &unknown, &["--output", "json"]).json(), json!({"appID": "demo", "changed": false}));
    let signed = server.pail(&["token", "--app", "demo", "--user", "alice"]).text().to_owned();
    for token in [signed.as_str(), "x", ""] {
        let failure = revoke(&server, token, &[]).failure().to_owned();
        assert!(failure.starts_with("only opaque tokens can be revoked"), "{failure}");
        assert!(token.is_empty() || token == "x" || !failure.contains(token), "{failure}");
    }
    let ghost = server.pail(&["token", "revoke", "--app", "ghost", &unknown]);
    assert!(ghost.failure().starts_with("there is no app ghost"), "{ghost:?}");
    assert!(run(&["token", "revoke", "--app", "demo"]).misuse().contains("<TOKEN>"));
    assert!(run(&["token", "revoke", &unknown]).misuse().contains("--app <ID>"));
    assert!(run(&["token"]).misuse().contains("--app <ID>"));
}

#[test]
fn a_token_to_revoke_can_come_from_standard_input() {
    let server = Server::start(&[]);
    let token = server.pail(&["token", "--app", "demo", "--admin", "--opaque"]).text().to_owned();
    let arguments = ["token", "revoke", "--app", "demo", "-", "--endpoint-url", &server.endpoint()];
    let ran = run_with_input(&arguments, &format!("{token}\n"));
    assert_eq!(ran.text(), "The token of the app demo is good no longer.");
    assert_eq!(status(&server, &token, ""), 403);
}

#[test]
fn an_opaque_token_is_good_for_a_second_to_ten_years_and_ends_with_the_own_issuer() {
    let server = Server::start(&[]);
    let opaque = ["token", "--app", "demo", "--admin", "--opaque", "--expires-in"];
    for bad in ["3651d", "0s", "999ms"] {
        let ran = server.pail(&[&opaque[..], &[bad]].concat());
        assert_eq!(ran.failure(), "an opaque token is good for a second to ten years (3650d): change --expires-in");
    }
    let token = server.pail(&[&opaque[..], &["3650d"]].concat()).text().to_owned();
    assert_eq!(status(&server, &token, ""), 201);
    server.pail(&["app", "remove-issuer", "--app", "demo", "--issuer", "pail"]).text();
    assert_eq!(status(&server, &token, ""), 403);
    let ran = server.pail(&[&opaque[..], &["1h"]].concat());
    assert!(ran.failure().starts_with("the app demo has no key of its own to sign with"), "{ran:?}");
}

/// What `pail token explain` says of a token.
fn explain(server: &Server, token: &str, further: &[&str]) -> Ran {
    server.pail(&[&["token", "explain", "--app", "demo", token], further].concat())
}

#[test]
fn a_token_that_is_accepted_is_explained_by_its_bearer() {
    let server = Server::start(&[]);
    for (arguments, bearer, groups, text) in [
        (&["--user", "auth0|1"][..], "UserID:auth0|1", json!([]), "the user auth0|1."),
        (
            &["--user", "a", "--group", "b", "--group", "c"],
            "UserID:a",
            json!(["b", "c"]),
            "the user a, in the groups b, c.",
        ),
        (&["--thing", "lamp"], "ThingID:lamp", json!([]), "the thing lamp."),
        (&["--admin"], "AdminID:admin", json!([]), "the administrator admin."),
    ] {
        for kind in [&[][..], &["--opaque"]] {
            let ran = server.pail(&[&["token", "--app", "demo"], arguments, kind].concat());
            let explained = explain(&server, ran.text(), &[]);
            assert_eq!(explained.text(), format!("The app demo accepts the token. Its bearer is {text}"));
            let json = explain(&server, ran.text(), &["--output", "json"]).json();
            let expected = json!({"appID": "demo", "accepted": true, "bearer": bearer, "groups": groups});
            assert_eq!(json, expected);
        }
    }
}

#[test]
fn a_token_that_is_refused_is_explained_with_what_would_be_right() {
    let server = Server::start(&[]);
    server.pail(&["app", "create", "--app", "other"]).text();
    let token = |app: &str, arguments: &[&str]| {
        let ran = server.pail(&[&["token", "--app", app, "--user", "alice"], arguments].concat());
        ran.text().to_owned()
    };
    let good = token("demo", &[]);
    let revoked = token("demo", &["--opaque"]);
    revoke(&server, &revoked, &[]).text();
    let opaque = format!("pail_{}", "x".repeat(43));
    let cut = good.rsplit_once('.').expect("a signature").0.to_owned();
    for (token, reason, what) in [
        ("Bearer x".to_owned(), "malformed", "Leave out Bearer, quotes and line breaks"),
        (cut, "malformed", "it is no JSON Web Token"),
        ("x".repeat(20_000), "too_long", "it has 20000 characters, and a token has at most 16384"),
        (token("other", &[]), "key_unknown", "give it to `pail app add-issuer --jwks` with the same options as before"),
        (token("demo", &["--expires-in", "40d"]), "lifetime", "and may be good for 30days at most"),
        (revoked, "revoked", "it was revoked"),
        (opaque, "token_unknown", "the app has no such opaque token"),
    ] {
        let explained = explain(&server, &token, &[]);
        let start = format!("The app demo refuses the token ({reason}): ");
        assert!(explained.text().starts_with(&start) && explained.text().contains(what), "{explained:?}");
        assert!(!explained.stdout.contains(&token), "{explained:?}");
        let json = explain(&server, &token, &["--output", "json"]).json();
        assert_eq!((&json["accepted"], &json["reason"]), (&json!(false), &json!(reason)));
    }
    assert!(
        explain(&server, &token("demo", &["--expires-in", "40d"]), &["--max-lifetime", "40d"])
            .text()
            .contains("accepts")
    );
    assert_eq!(explain(&server, &good, &["--max-lifetime", "1m", "--output", "json"]).json()["reason"], "lifetime");
    server.pail(&["app", "disable", "--app", "demo"]).text();
    let explained = explain(&server, &good, &[]);
    assert!(
        explained.stderr.contains("the app demo is disabled") && explained.text().contains("accepts"),
        "{explained:?}"
    );
    let ran = server.pail(&["token", "explain", "--app", "ghost", &good]);
    assert!(ran.failure().starts_with("there is no app ghost"), "{ran:?}");
}

#[test]
fn a_token_to_explain_can_come_from_standard_input() {
    let server = Server::start(&[]);
    let token = server.pail(&["token", "--app", "demo", "--admin"]).text().to_owned();
    let arguments = ["token", "explain", "--app", "demo", "-", "--endpoint-url", &server.endpoint()];
    let ran = run_with_input(&arguments, &format!("{token}\n"));
    assert_eq!(ran.text(), "The app demo accepts the token. Its bearer is the administrator admin.");
}
