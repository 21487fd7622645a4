//! The recipes of docs/logins.md: each command is run as it stands there, with a key set and with tokens of the provider's form.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::get_current_timestamp;
use pail_testing::callers::sign;
use pail_testing::signers::{SIGNERS, Signer};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::program::{Server, collection};
use crate::wire;

/// A provider's key set, and tokens of its form.
struct Provider {
    /// The heading of its recipe.
    name: &'static str,
    keys: Value,
    /// The header of its tokens, without `alg`.
    header: Value,
    /// What signs its tokens.
    signer: &'static Signer,
    /// The claims of a user's token, without times.
    claims: Value,
    user: &'static str,
    /// Changes of the claims that keep the user.
    same: Vec<Value>,
    /// Changes that make the user a member of a group.
    member: (Value, &'static str),
    /// Changes that make an administrator.
    administrator: Value,
    /// Changes that look as if they made an administrator.
    powerless: Vec<Value>,
    /// Changes that make the token a bad one, and the reasons.
    refused: Vec<(Value, &'static str)>,
}

/// The arguments of the one command in the recipe of a provider.
fn command(provider: &str) -> Vec<String> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logins.md")).expect("the page");
    let recipes: Vec<&str> = page.split(&format!("\n## {provider}\n")).skip(1).collect();
    let [recipe] = recipes[..] else { panic!("one recipe for {provider}") };
    let recipe = recipe.split("\n## ").next().expect("a recipe");
    let blocks: Vec<&str> = recipe.split("```sh\n").skip(1).collect();
    let [block] = blocks[..] else { panic!("one command for {provider}") };
    let lines: Vec<&str> = block.split("```").next().expect("a block").lines().collect();
    let [line] = lines[..] else { panic!("one line for {provider}") };
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    assert_eq!(words[..5], ["pail", "app", "add-issuer", "--app", "notes"], "{line}");
    words[1..].to_vec()
}

/// Claims with changes. One that they set to `"absent"` is removed.
fn changed(claims: &Value, changes: &Value) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().expect("claims");
    members.extend(changes.as_object().expect("changes").clone());
    members.retain(|_, value| value != "absent");
    claims
}

impl Provider {
    fn token(&self, changes: &Value) -> String {
        let now = get_current_timestamp();
        let times = json!({"iat": now, "exp": now + 300});
        let claims = changed(&changed(&self.claims, &times), changes);
        let header = changed(&self.header, &json!({"alg": self.signer.name}));
        sign(&header, &claims, self.signer.algorithm, &self.signer.key)
    }

    /// A server with the app `notes`, on which the command of the recipe has been run.
    fn server(&self) -> Server {
        let server = Server::start(&["--app", "notes", "--key", "notes-key"]);
        let mut file = NamedTempFile::new().expect("a file can be made");
        file.write_all(self.keys.to_string().as_bytes()).expect("it can be written");
        let path = file.path().to_str().expect("paths of tests are UTF-8");
        let command = command(self.name);
        let arguments: Vec<&str> =
            command.iter().map(|word| if word == "keys.json" { path } else { word.as_str() }).collect();
        let issuer = self.claims["iss"].as_str().expect("an issuer");
        assert_eq!(server.pail(&arguments).text(), format!("The app notes trusts the issuer {issuer}."));
        server
    }

    fn check(&self) {
        let server = self.server();
        let status = |changes: &Value, scope: &str| {
            let bearer = format!("Bearer {}", self.token(changes));
            server.create(&collection("notes", scope, "drafts"), &bearer, "{}").status
        };
        for same in self.same.iter().chain([&json!({})]) {
            assert_eq!(status(same, "users/me"), 201, "{} {same}", self.name);
            let authorization = format!("Bearer {}", self.token(same));
            let headers = [("Authorization", authorization.as_str())];
            let me = wire::request(&server.api, "GET", "/api/apps/notes/users/me", &headers, b"");
            assert_eq!(me.json()["userID"], self.user, "{same}");
            assert_eq!((status(same, "users/somebody"), status(same, "groups/crew-1")), (401, 401), "{same}");
        }
        let (member, group) = &self.member;
        assert_eq!(status(member, &format!("groups/{group}")), 201, "{} {member}", self.name);
        assert_eq!(status(&self.administrator, "users/somebody"), 201, "{}", self.name);
        for powerless in &self.powerless {
            assert_eq!(status(powerless, "users/somebody"), 401, "{} {powerless}", self.name);
        }
        let others = [(json!({"iss": "https://other.example"}), "issuer_unknown"), (json!({"exp": 1}), "expired")];
        for (changes, reason) in self.refused.iter().chain(&others) {
            assert_eq!(status(changes, "users/me"), 403, "{} {changes}", self.name);
            let explained =
                server.pail(&["token", "explain", "--app", "notes", &self.token(changes), "--output", "json"]).json();
            assert_eq!((&explained["accepted"], &explained["reason"]), (&json!(false), &json!(reason)), "{changes}");
        }
    }
}

/// The signer's key in a set, with these members in place of its own `kid` and `alg`.
fn key(signer: &Signer, members: Value) -> Value {
    changed(&changed(&signer.jwk, &json!({"kid": "absent", "alg": "absent"})), &members)
}

#[test]
fn every_recipe_is_tested() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logins.md")).expect("the page");
    let headings =
        page.lines().filter_map(|line| line.strip_prefix("## ")).filter(|name| *name != "What holds for all");
    let tested = ["Amazon Cognito", "Auth0", "Clerk", "Firebase", "Keycloak", "Microsoft Entra ID", "Okta", "Supabase"];
    assert_eq!(headings.collect::<Vec<_>>(), tested);
}

#[test]
fn amazon_cognito() {
    let [rs, ..] = &*SIGNERS;
    let client = "4h57examplec1ient";
    let members = |kid: &str| json!({"alg": "RS256", "use": "sig", "kid": kid});
    Provider {
        name: "Amazon Cognito",
        keys: json!({"keys": [key(rs, members("w1+1=")), key(rs, members("w2+2="))]}),
        header: json!({"kid": "w1+1="}),
        signer: rs,
        claims: json!({
            "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example1", "token_use": "access", "client_id": client,
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "scope": "openid", "username": "ann", "jti": "j",
        }),
        user: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        same: vec![json!({"client_id": "absent", "token_use": "id", "aud": client, "cognito:username": "ann", "email": "ann@acme.example"})],
        member: (json!({"cognito:groups": ["eu-west-1_Example1_Google", "crew"]}), "crew"),
        administrator: json!({"cognito:groups": ["crew", "pail-admins"]}),
        powerless: vec![json!({"custom:role": "admin", "role": "admin"}), json!({"cognito:groups": ["admin", "crew"]})],
        refused: vec![
            (json!({"client_id": "another"}), "audience"),
            (json!({"client_id": "absent", "aud": "another"}), "audience"),
        ],
    }
    .check();
}

#[test]
fn auth0() {
    let [rs, ..] = &*SIGNERS;
    let members = json!({
        "alg": "RS256", "use": "sig", "kid": "NEE1Qj", "x5t": "NEE1Qj", "x5c": ["MIIC8DCCAdigAwIBAgIJ"],
    });
    Provider {
        name: "Auth0",
        keys: json!({"keys": [key(rs, members)]}),
        header: json!({"typ": "JWT", "kid": "NEE1Qj"}),
        signer: rs,
        claims: json!({
            "iss": "https://acme.eu.auth0.com/", "sub": "auth0|64a1f2c3d4e5", "azp": "myclient", "scope": "openid profile",
            "aud": ["https://notes.acme.example", "https://acme.eu.auth0.com/userinfo"],
        }),
        user: "auth0|64a1f2c3d4e5",
        same: vec![json!({"https://acme.example/roles": ["editor", "viewer"]})],
        member: (json!({"https://acme.example/groups": ["crew"]}), "crew"),
        administrator: json!({"https://acme.example/roles": ["editor", "admin"]}),
        powerless: vec![
            json!({"role": "admin", "roles": ["admin"], "permissions": ["admin"]}),
            json!({"https://acme.example/user_metadata": {"role": "admin"}}),
        ],
        refused: vec![
            (json!({"aud": "https://acme.eu.auth0.com/userinfo"}), "audience"),
            (json!({"iss": "https://acme.eu.auth0.com"}), "issuer_unknown"),
        ],
    }
    .check();
}

#[test]
fn clerk() {
    let [rs, ..] = &*SIGNERS;
    Provider {
        name: "Clerk",
        keys: json!({"keys": [key(rs, json!({"alg": "RS256", "use": "sig", "kid": "ins_2abc"}))]}),
        header: json!({"typ": "JWT", "kid": "ins_2abc", "cat": "cl_B7d4PD111AAA"}),
        signer: rs,
        claims: json!({
            "iss": "https://clerk.acme.example", "sub": "user_2bXyZ", "azp": "https://app.acme.example", "sid": "sess_2c", "v": 2,
            "sts": "active", "fva": [0, -1],
        }),
        user: "user_2bXyZ",
        same: vec![json!({"o": {"id": "org_2d", "rol": "basic_member", "slg": "acme"}})],
        member: (json!({"o": {"id": "org_2d", "rol": "admin", "slg": "acme"}}), "org_2d"),
        administrator: json!({"pail_role": "admin"}),
        powerless: vec![json!({"o": {"id": "org_2d", "rol": "admin"}}), json!({"org_role": "org:admin", "role": "admin"})],
        refused: vec![
            (json!({"azp": "https://evil.example"}), "audience"),
            (json!({"azp": "absent"}), "audience"),
            (json!({"azp": "absent", "aud": "https://app.acme.example"}), "audience"),
        ],
    }
    .check();
}

#[test]
fn firebase() {
    let [rs, ..] = &*SIGNERS;
    let members = |kid: &str| json!({"alg": "RS256", "use": "sig", "kid": kid});
    Provider {
        name: "Firebase",
        keys: json!({"keys": [key(rs, members("0f5a")), key(rs, members("1e6b"))]}),
        header: json!({"typ": "JWT", "kid": "1e6b"}),
        signer: rs,
        claims: json!({
            "iss": "https://securetoken.google.com/acme-notes", "aud": "acme-notes", "sub": "ZTzV1dBz8wQ7kGJ3rXcQy2pK9LM2",
            "user_id": "ZTzV1dBz8wQ7kGJ3rXcQy2pK9LM2", "auth_time": 1_790_000_000,
            "firebase": {"identities": {"email": ["ann@acme.example"]}, "sign_in_provider": "password"},
        }),
        user: "ZTzV1dBz8wQ7kGJ3rXcQy2pK9LM2",
        same: vec![json!({"firebase": {"identities": {}, "sign_in_provider": "anonymous"}})],
        member: (json!({"groups": ["crew"]}), "crew"),
        administrator: json!({"role": "admin"}),
        powerless: vec![json!({"admin": true}), json!({"role": true}), json!({"firebase": {"role": "admin"}})],
        refused: vec![(json!({"aud": "another-project"}), "audience")],
    }
    .check();
}

#[test]
fn keycloak() {
    let [rs, ps, ..] = &*SIGNERS;
    let encryption = json!({"alg": "RSA-OAEP", "use": "enc", "kid": "sig-1", "x5c": ["MIICmzCC"], "x5t#S256": "x"});
    let signatures = json!({"alg": "RS256", "use": "sig", "kid": "sig-1", "x5c": ["MIICmzCC"], "x5t": "x"});
    let pss = json!({"alg": "PS256", "use": "sig", "kid": "sig-1"});
    Provider {
        name: "Keycloak",
        keys: json!({"keys": [key(rs, encryption), key(rs, signatures), key(ps, pss)]}),
        header: json!({"typ": "JWT", "kid": "sig-1"}),
        signer: rs,
        claims: json!({
            "iss": "https://login.acme.example/realms/acme", "aud": "account", "azp": "notes-web", "typ": "Bearer",
            "sub": "f:9c1d7a80-1:jdoe", "preferred_username": "jdoe", "groups": ["/ships/mates"],
            "realm_access": {"roles": ["default-roles-acme", "offline_access"]},
            "resource_access": {"account": {"roles": ["manage-account"]}},
        }),
        user: "f:9c1d7a80-1:jdoe",
        same: vec![json!({"aud": ["notes-web", "account"], "azp": "another"}), json!({"groups": "absent"})],
        member: (json!({"groups": ["/ships/mates", "/crew"]}), "crew"),
        administrator: json!({"realm_access": {"roles": ["offline_access", "pail-admin"]}}),
        powerless: vec![
            json!({"realm_access": {"roles": ["admin"]}}),
            json!({"resource_access": {"realm-management": {"roles": ["pail-admin"]}}}),
            json!({"role": "pail-admin", "roles": ["pail-admin"]}),
        ],
        refused: vec![(json!({"azp": "another"}), "audience"), (json!({"sub": "a/b"}), "user_id")],
    }
    .check();
}

#[test]
fn microsoft_entra_id() {
    let [rs, ..] = &*SIGNERS;
    let tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let members = |kid: &str| json!({"use": "sig", "kid": kid, "x5t": kid, "x5c": ["MIIC/TCCAeWg"], "issuer": issuer});
    let keys: Vec<Value> = (0..9).map(|number| key(rs, members(&format!("kid-{number}")))).collect();
    Provider {
        name: "Microsoft Entra ID",
        keys: json!({"keys": keys}),
        header: json!({"typ": "JWT", "kid": "kid-7", "x5t": "kid-7"}),
        signer: rs,
        claims: json!({
            "iss": issuer, "aud": "11112222-bbbb-3333-cccc-4444dddd5555", "azp": "client", "ver": "2.0", "tid": tenant,
            "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
            "preferred_username": "ann@acme.example", "scp": "notes.write",
        }),
        user: "690222be-ff1a-4d56-abd1-7e4f7d38e474",
        same: vec![json!({"roles": ["editor", "viewer"]}), json!({"_claim_names": {"groups": "src1"}})],
        member: (json!({"groups": ["0a1b2c3d-1111-2222-3333-444455556666"]}), "0a1b2c3d-1111-2222-3333-444455556666"),
        administrator: json!({"roles": ["Pail.Admin"]}),
        powerless: vec![json!({"role": "admin"}), json!({"roles": ["admin"]}), json!({"wids": ["Pail.Admin"]})],
        refused: vec![
            (json!({"iss": format!("https://sts.windows.net/{tenant}/")}), "issuer_unknown"),
            (json!({"aud": "00000003-0000-0000-c000-000000000000"}), "audience"),
            (json!({"oid": "absent"}), "user_id"),
        ],
    }
    .check();
}

#[test]
fn okta() {
    let [rs, ..] = &*SIGNERS;
    Provider {
        name: "Okta",
        keys: json!({"keys": [key(rs, json!({"alg": "RS256", "use": "sig", "kid": "Q1x"}))]}),
        header: json!({"kid": "Q1x"}),
        signer: rs,
        claims: json!({
            "iss": "https://acme.okta.com/oauth2/default", "aud": "api://default", "ver": 1, "jti": "AT.x", "cid": "0oa1",
            "uid": "00u1a2b3c4D5", "scp": ["openid"], "sub": "ann@acme.example", "auth_time": 1_790_000_000,
        }),
        user: "00u1a2b3c4D5",
        same: vec![json!({"sub": "ann.miller@acme.example", "groups": ["Everyone"]})],
        member: (json!({"groups": ["Everyone", "crew"]}), "crew"),
        administrator: json!({"pail_role": "admin"}),
        powerless: vec![json!({"role": "admin"}), json!({"groups": ["admin"]}), json!({"userType": "admin"})],
        refused: vec![
            (json!({"aud": "https://acme.okta.com"}), "audience"),
            (json!({"uid": "absent", "sub": "0oa1"}), "user_id"),
            (json!({"iss": "https://acme.okta.com"}), "issuer_unknown"),
        ],
    }
    .check();
}

/// A user's token of Supabase, signed by a key of this set.
fn of_supabase(keys: Value, header: Value, signer: &'static Signer) -> Provider {
    Provider {
        name: "Supabase",
        keys,
        header,
        signer,
        claims: json!({
            "iss": "https://abcdefghijklmnop.supabase.co/auth/v1", "aud": "authenticated", "role": "authenticated",
            "sub": "d0714948-6fd5-4d34-9e6c-6a4f2e3b1c5d", "email": "ann@acme.example", "is_anonymous": false, "aal": "aal1",
            "app_metadata": {"provider": "email", "providers": ["email"]}, "user_metadata": {},
        }),
        user: "d0714948-6fd5-4d34-9e6c-6a4f2e3b1c5d",
        same: vec![json!({"is_anonymous": true, "app_metadata": {}})],
        member: (json!({"app_metadata": {"groups": ["crew"]}}), "crew"),
        administrator: json!({"app_metadata": {"pail_role": "admin"}}),
        powerless: vec![
            json!({"user_metadata": {"pail_role": "admin"}}),
            json!({"role": "service_role"}),
            json!({"pail_role": "admin", "app_metadata": "pail_role"}),
        ],
        refused: vec![
            (json!({"iss": "supabase", "role": "service_role", "sub": "absent"}), "issuer_unknown"),
            (json!({"aud": "anon"}), "audience"),
        ],
    }
}

#[test]
fn supabase() {
    let [.., es, _, hs] = &*SIGNERS;
    let members = json!({"alg": "ES256", "use": "sig", "key_ops": ["verify"], "ext": true, "kid": "b81269f1"});
    of_supabase(json!({"keys": [key(es, members)]}), json!({"typ": "JWT", "kid": "b81269f1"}), es).check();
    // The shared secret of older projects, whose tokens name no key.
    let secret = URL_SAFE_NO_PAD.encode("another secret of thirty-two chars");
    let keys = json!({"keys": [{"kty": "oct", "alg": "HS256", "k": secret}]});
    of_supabase(keys, json!({"typ": "JWT"}), hs).check();
}
