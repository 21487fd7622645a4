//! An app with clients, and requests for tokens.

use pail::auth::client::ClientSecret;
use pail::model::app::App;
use pail::model::client::{ClientId, StoredClient};
use pail_testing::{Answer, Call, Clock, Installation, NOW, app, callers, log};
use serde_json::{Value, json};

/// The secret of the client `backend`.
pub const SECRET: &str = "backend-secret-0123456789abcdefghijklmnop";

/// The clients of the app `demo`: those with odd IDs and secrets, as HTTP Basic has to carry them.
pub const CLIENTS: [(&str, &str); 4] = [
    ("backend", SECRET),
    ("a/b 1", "odd+secret:with%percent=equals+0123456789"),
    ("percent", "percent-%5^-%41-secret-0123456789abcdefgh"),
    ("a&b=c", "secret with blanks & ampersands/0123456789"),
];

/// A client as an app stores it.
pub fn client(id: &str, secret: &str) -> StoredClient {
    log::keep(secret);
    let digest = ClientSecret::parse(secret).expect("a secret").digest();
    StoredClient { id: ClientId::parse(id).expect("a client's ID"), digest, created: NOW }
}

/// The app `demo` with its clients.
pub fn demo() -> App {
    App { clients: CLIENTS.map(|(id, secret)| client(id, secret)).into(), ..app("demo") }
}

pub async fn installation() -> Installation {
    let installation = Installation::start().await;
    installation.put_app(demo()).await;
    installation
}

/// The same with a clock that the test sets.
pub async fn installation_with_clock() -> (Installation, Clock) {
    let clock = Clock::new();
    let installation = Installation::new(clock.system(), |_| {}).await;
    installation.put_app(demo()).await;
    (installation, clock)
}

/// A POST without header fields and without a body.
pub fn post(path: &str) -> Call {
    Call::create("demo", "notes").path(path).without("content-type").body("")
}

/// A request for a token, at the URL of the app.
pub fn request(parameters: Value) -> Call {
    as_json(post("/api/apps/demo/oauth2/token"), parameters)
}

/// A request for a token, at the URL without an app.
pub fn request_for(app: &str, parameters: Value) -> Call {
    as_json(post("/api/oauth2/token").header("X-Kii-AppID", app), parameters)
}

pub fn as_json(call: Call, parameters: Value) -> Call {
    call.content_type("application/json").body(parameters.to_string())
}

pub fn as_form(call: Call, form: &str) -> Call {
    call.content_type("application/x-www-form-urlencoded").body(form)
}

/// A request of the client `backend`.
pub fn of_backend() -> Call {
    request(json!({"client_id": "backend", "client_secret": SECRET}))
}

/// A request to exchange a token, with further parameters.
pub fn exchange(token: &str, further: Value) -> Call {
    let mut parameters =
        json!({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token});
    parameters.as_object_mut().expect("an object").extend(further.as_object().expect("an object").clone());
    request(parameters)
}

/// A request to revoke a token.
pub fn revocation(token: &str) -> Call {
    as_json(post("/api/apps/demo/oauth2/revoke"), json!({"token": token}))
}

/// The answer to a request that gets a token.
pub async fn issued(installation: &Installation, call: &Call) -> Answer {
    let answer = installation.answer(call).await;
    assert_eq!(answer.status, 200, "{call:?}: {answer:?}");
    answer
}

/// The token that a request gets.
pub async fn token(installation: &Installation, call: &Call) -> String {
    issued(installation, call).await.text("access_token")
}

/// Who an object in the app's scope belongs to that this token creates; `None` if the token is refused.
pub async fn owner(installation: &Installation, token: &str) -> Option<String> {
    let call = Call::create("demo", "notes").bearer(token);
    let answer = installation.answer(&call).await;
    if answer.status != 201 {
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "WRONG_TOKEN"), "{answer:?}");
        return None;
    }
    let items = installation.items().await;
    let object = items.values().find(|item| item["sk"]["S"] == answer.text("objectID")).expect("the object");
    Some(object["owner"]["S"].as_str().expect("an owner").to_owned())
}

/// The items of tokens.
pub async fn stored_tokens(installation: &Installation) -> Vec<Value> {
    let items = installation.items().await.into_values();
    items.filter(|item| item["pk"]["S"].as_str().is_some_and(|partition| partition.starts_with("/tokens/"))).collect()
}

/// The item of this token of the app `demo`.
pub async fn stored(installation: &Installation, token: &str) -> Option<Value> {
    installation.item(&partition("demo", token), "token").await
}

/// The partition of a token.
pub fn partition(app: &str, token: &str) -> String {
    use pail::auth::opaque_token::OpaqueToken;

    let digest = OpaqueToken::parse(token).expect("an opaque token").digest();
    format!("/tokens/{app}/{}", digest.map(|byte| format!("{byte:02x}")).concat())
}

/// The item of a token of the user `alice` that rests on the tests' issuer and expires then, in seconds since 1970.
pub fn token_item(app: &str, token: &str, expires: u64) -> Value {
    json!({
        "pk": {"S": partition(app, token)}, "sk": {"S": "token"}, "bearer": {"S": "UserID:alice"},
        "issuer": {"S": callers::ISSUER}, "created": {"N": NOW.to_string()}, "expires": {"N": expires.to_string()},
    })
}

/// The same after the token was revoked.
pub fn revoked(mut item: Value) -> Value {
    item["revoked"] = json!({"N": NOW.to_string()});
    item["expires"] = json!({"N": (NOW / 1000 + 60 * 60).to_string()});
    item
}

/// Checks that a request is refused as OAuth says, and writes nothing.
pub async fn refused(installation: &Installation, call: &Call, status: u16, error: &str) -> Answer {
    let answer = installation.refused(call, status, error).await;
    assert_eq!(answer.text("error"), error, "{answer:?}");
    answer
}
