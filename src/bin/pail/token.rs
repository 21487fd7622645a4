//! `pail token`: tokens signed with the app's own key.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{ArgGroup, Args};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pail::config::MAXIMUM_TOKEN_LIFETIME;
use pail::model::app::{App, Issuer};
use pail::model::id::{AppId, GroupId, ThingId, UserId};
use pail::system::Timestamp;
use serde::{Deserialize, Serialize};

use super::changes::read_app;
use super::connection::{Installation, Target};
use super::output::{Failure, line, note};

/// Print a token, signed with the app's own key.
///
/// The token is all that is printed. It says who the caller is, and is good until it expires.
#[derive(Args)]
#[command(group = ArgGroup::new("bearer").required(true), after_help = EXAMPLES)]
pub struct Token {
    /// The app that the token is for.
    #[arg(long, value_name = "ID")]
    app: AppId,
    /// A token of this user.
    #[arg(long, value_name = "ID", group = "bearer")]
    user: Option<UserId>,
    /// A token of this thing.
    #[arg(long, value_name = "ID", group = "bearer")]
    thing: Option<ThingId>,
    /// A token of the app's administrator, who may do everything in the app.
    #[arg(long, group = "bearer")]
    admin: bool,
    /// A group that the user or thing belongs to; repeat it for more.
    #[arg(long = "group", value_name = "ID")]
    groups: Vec<GroupId>,
    /// How long the token is good.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = humantime::parse_duration)]
    expires_in: Duration,
}

const EXAMPLES: &str = "\
Examples:
  pail token --app notes --user alice --group editors
  pail token --app notes --admin --expires-in 15m
  curl -H \"Authorization: Bearer $(pail token --app notes --user alice)\" …";

/// The claims of a token (RFC 7519).
#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    sub: String,
    aud: String,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
}

impl Token {
    /// Runs the command.
    pub async fn run(self, target: &Target) -> Result<(), Failure> {
        if self.expires_in > MAXIMUM_TOKEN_LIFETIME {
            note(
                "Pail refuses tokens that are good for more than 30 days, unless PAIL_MAX_TOKEN_LIFETIME_SECONDS says otherwise",
            );
        }
        let installation = target.connect().await?;
        let app = read_app(&installation, &self.app).await?;
        if app.disabled {
            note(&format!("the app {} is disabled, so that nobody may use the token for now", app.id));
        }
        line(&self.sign(&app, installation.system().now())?)
    }

    /// A token of a user of `app`, for the time that is given.
    pub fn of_user(app: AppId, user: UserId, expires_in: Duration) -> Self {
        Self { app, user: Some(user), thing: None, admin: false, groups: Vec::new(), expires_in }
    }

    /// The token, signed with the own key of the app.
    pub async fn text(self, installation: &Installation) -> Result<String, Failure> {
        let app = read_app(installation, &self.app).await?;
        self.sign(&app, installation.system().now())
    }

    fn sign(self, app: &App, now: Timestamp) -> Result<String, Failure> {
        let now = now.seconds();
        let claims = Claims {
            iss: Issuer::OWN,
            aud: app.id.to_string(),
            iat: now,
            exp: now.saturating_add(self.expires_in.as_secs()),
            role: self.admin.then_some("admin"),
            principal_type: self.thing.is_some().then_some("thing"),
            groups: self.groups.iter().map(ToString::to_string).collect(),
            sub: match (self.user, self.thing) {
                (Some(user), _) => user.to_string(),
                (_, Some(thing)) => thing.to_string(),
                (None, None) => "admin".to_owned(),
            },
        };
        sign(app, &claims)
    }
}

/// The part of a key set that Pail's own issuer has.
#[derive(Deserialize)]
struct OwnKeys {
    keys: Vec<OwnKey>,
}

#[derive(Deserialize)]
struct OwnKey {
    kid: String,
    k: String,
}

fn sign(app: &App, claims: &Claims) -> Result<String, Failure> {
    let own = app.issuers.iter().find(|issuer| issuer.issuer == Issuer::OWN).ok_or_else(|| {
        let id = &app.id;
        Failure(format!(
            "the app {id} has no key of its own to sign with: `pail app add-issuer --app {id} --own` gives it one"
        ))
    })?;
    let unreadable = || Failure(format!("the own key of the app {} cannot be read", app.id));
    let keys: OwnKeys = serde_json::from_str(own.key_set.get()).map_err(|_| unreadable())?;
    let key = keys.keys.first().ok_or_else(unreadable)?;
    let secret = URL_SAFE_NO_PAD.decode(&key.k).map_err(|_| unreadable())?;
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&secret)).map_err(|_| unreadable())
}
