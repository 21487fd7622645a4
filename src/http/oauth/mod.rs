//! Requests to the token endpoint and to the revocation endpoint (RFC 6749, 7009 and 8693; contract, section 10).

pub mod error;
mod parameters;

use super::credentials::{Basic, basic};
use super::headers::Headers;
use super::refusal::Result;
use super::request::Request;
use crate::auth::credentials::{ClientCredentials, Credentials};
use crate::auth::opaque_token::OpaqueToken;
use crate::model::id::AppId;
use crate::model::principal::Principal;
use crate::model::subject::Subject;
use crate::operation::token::Presented;
use crate::operation::token::issue::IssueToken;
use crate::operation::token::revoke::RevokeToken;
use error::{invalid_client, invalid_request, unsupported_grant_type, unsupported_token_type};
use parameters::Parameters;

/// What a token is asked for with.
enum Grant {
    Client,
    Exchange,
}

const CLIENT_CREDENTIALS: &str = "client_credentials";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The one type of tokens that Pail issues (RFC 8693, section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A request for a token. `app` is the one in the path, if the path names one.
pub fn issue(request: &Request<'_>, app: Option<AppId>) -> Result<IssueToken> {
    let parameters = Parameters::read(request)?;
    let basic = basic(&request.headers);
    let grant = grant(&parameters, &basic)?;
    let app = app.map_or_else(|| named_app(&request.headers, &basic), Ok)?;
    let (credentials, presented) = match grant {
        Grant::Client => client(&parameters, basic)?,
        Grant::Exchange => (subject_token(&parameters)?, Presented::SubjectToken),
    };
    let requested = requested_subject(&parameters, &grant)?;
    let expires_at = parameters.milliseconds("expiresAt")?;
    Ok(IssueToken { app, credentials, presented, requested, expires_at })
}

/// A request to revoke a token.
pub fn revoke(request: &Request<'_>, app: AppId) -> Result<RevokeToken> {
    let parameters = Parameters::read(request)?;
    let token =
        parameters.text("token")?.ok_or_else(|| invalid_request("The token that is to be revoked is missing."))?;
    if is_like_a_jwt(token) {
        return Err(unsupported_token_type().into());
    }
    Ok(RevokeToken { app, token: OpaqueToken::parse(token) })
}

/// Whether a text has the three parts of a JSON Web Token.
fn is_like_a_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty())
}

/// The grant that a request names, or that its parameters imply, as Kii's SDKs name none.
fn grant(parameters: &Parameters, basic: &Basic) -> Result<Grant> {
    match parameters.text("grant_type")? {
        Some(CLIENT_CREDENTIALS) => Ok(Grant::Client),
        Some(TOKEN_EXCHANGE) => Ok(Grant::Exchange),
        Some(_) => Err(unsupported_grant_type().into()),
        None => {
            for of_another in ["username", "password", "refresh_token", "code"] {
                if parameters.text(of_another)?.is_some() {
                    return Err(unsupported_grant_type().into());
                }
            }
            let has_client = parameters.text("client_id")?.is_some() || !matches!(basic, Basic::Absent);
            has_client.then_some(Grant::Client).ok_or_else(|| no_client().into())
        }
    }
}

/// The app that a request to the URL without an app is for.
fn named_app(headers: &Headers<'_>, basic: &Basic) -> Result<AppId> {
    let named = match (&headers.values("x-kii-appid")[..], basic) {
        ([id], _) => AppId::parse(id).ok(),
        ([], Basic::Sent { id, .. }) => AppId::parse(id).ok(),
        ([], Basic::Absent | Basic::Malformed) | ([_, _, ..], _) => None,
    };
    if let Some(app) = &named {
        tracing::Span::current().record("app", app.as_str());
    }
    named.ok_or_else(|| {
        let message = "No app is named: X-Kii-AppID, or the user name of Basic, is the ID of the app, or the URL is \
                       /api/apps/{appID}/oauth2/token.";
        invalid_request(message).into()
    })
}

/// The client in the body, or else the one in Basic.
fn client(parameters: &Parameters, basic: Basic) -> Result<(Credentials, Presented)> {
    let (id, secret) = (parameters.text("client_id")?, parameters.text("client_secret")?);
    match (id, secret, basic) {
        (Some(id), Some(secret), _) => {
            let client = ClientCredentials::new(id, secret);
            Ok((Credentials::Client(client), Presented::InBody))
        }
        (_, _, Basic::Sent { id, secret }) => {
            let decoded = (form_decoded(&id), form_decoded(&secret));
            let client = ClientCredentials::new(&id, &secret).or(decoded);
            Ok((Credentials::Client(client), Presented::InBasic))
        }
        (_, _, Basic::Malformed) => Err(invalid_client().into()),
        (_, _, Basic::Absent) => Err(no_client().into()),
    }
}

fn no_client() -> error::OAuthError {
    invalid_request("Credentials are missing: client_id and client_secret, in the body or as Basic, are needed.")
}

/// A text as form encoding would have made it (RFC 6749, section 2.3.1). What is no valid escape stays as it is.
fn form_decoded(text: &str) -> String {
    // Only `&` and `=` have a meaning in a form besides `+` and `%`.
    let text = format!("={}", text.replace('&', "%26"));
    form_urlencoded::parse(text.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn subject_token(parameters: &Parameters) -> Result<Credentials> {
    if parameters.text("actor_token")?.is_some() {
        return Err(invalid_request("An actor_token is not supported.").into());
    }
    let token = parameters.text("subject_token")?;
    token.map(Credentials::of_bearer).ok_or_else(|| invalid_request("The subject_token is missing.").into())
}

/// The user or the thing that the administrator asks a token for.
fn requested_subject(parameters: &Parameters, grant: &Grant) -> Result<Option<Principal>> {
    if parameters.text("requested_token_type")?.is_some_and(|name| name != ACCESS_TOKEN) {
        return Err(invalid_request("The requested_token_type is not supported; the only one is access_token.").into());
    }
    match (parameters.text("requested_subject")?, grant) {
        (None, _) => Ok(None),
        (Some(_), Grant::Client) => Err(invalid_request("A requested_subject belongs to a token exchange.").into()),
        (Some(text), Grant::Exchange) => match text.parse() {
            Ok(Subject::User(id)) => Ok(Some(Principal::User { id, groups: Vec::new() })),
            Ok(Subject::Thing(id)) => Ok(Some(Principal::Thing { id, groups: Vec::new() })),
            Ok(Subject::Group(_) | Subject::AnyAuthenticated | Subject::Anonymous) | Err(_) => {
                Err(invalid_request("The requested_subject is not valid: it is ThingID:{id} or UserID:{id}.").into())
            }
        },
    }
}
