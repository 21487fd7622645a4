//! `pail token explain`: whether the app accepts a token now, and if not, why, and what would be right.

use std::time::Duration;

use clap::Args;
use pail::auth::claims::TokenRules;
use pail::auth::opaque_token::OpaqueToken;
use pail::auth::refused_token::{Reason, RefusedToken};
use pail::auth::token;
use pail::auth::trusted_issuer::TrustedIssuer;
use pail::model::app::App;
use pail::model::id::{AppId, GroupId};
use pail::model::principal::Principal;
use pail::system::Timestamp;
use serde_json::json;

use super::advice::Advice;
use crate::changes::read_app;
use crate::connection::Installation;
use crate::output::{Failure, Output, note, secret_argument};

/// Examples of `explain`.
pub const EXAMPLES: &str = "\
Examples:
  pail token explain --app notes - < token.txt
  pail token explain --app notes --stack pail --max-lifetime 7d \"$TOKEN\"

The answer to a caller never says why a token is refused. The log has the reason in the line of the request.";

/// A token that is to be explained.
#[derive(Args)]
pub struct Explain {
    /// The app that the token is sent to.
    #[arg(long, value_name = "ID")]
    app: AppId,
    /// The longest lifetime that the installation allows (MaxTokenLifetimeSeconds).
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = humantime::parse_duration)]
    max_lifetime: Duration,
    /// The token; - reads it from standard input.
    #[arg(value_name = "TOKEN")]
    token: String,
}

impl Explain {
    pub async fn run(self, installation: &Installation, output: Output) -> Result<(), Failure> {
        let text = secret_argument(&self.token)?;
        let app = read_app(installation, &self.app).await?;
        if app.disabled {
            note(&format!("the app {} is disabled, so that nobody may use the token for now", app.id));
        }
        let (rules, now) = (TokenRules { maximum_lifetime: self.max_lifetime }, installation.system().now());
        let bearer = match OpaqueToken::parse(&text) {
            Some(token) => opaque(&app, &token, installation, now).await?,
            None => {
                let issuers: Vec<TrustedIssuer> = app.issuers.iter().cloned().map(TrustedIssuer::new).collect();
                token::bearer(&text, &issuers, &app.id, rules, now)
            }
        };
        match bearer {
            Ok(bearer) => accepted(&app, &bearer, output),
            Err(refused) => refuse(&refused, &Advice::new(&text, &app, rules, now), output),
        }
    }
}

/// The bearer of an opaque token, if the token counts.
async fn opaque(
    app: &App,
    token: &OpaqueToken,
    installation: &Installation,
    now: Timestamp,
) -> Result<Result<Principal, RefusedToken>, Failure> {
    let stored = installation.session()?.token(&app.id, token).await;
    let Some(stored) = stored.map_err(|failure| installation.explain(&failure))? else {
        return Ok(Err(Reason::TokenUnknown.into()));
    };
    let judged = stored.judge(&app.keys, &app.clients, app.issuers.iter(), now);
    Ok(judged.map(|()| stored.bearer).map_err(RefusedToken::from))
}

fn accepted(app: &App, bearer: &Principal, output: Output) -> Result<(), Failure> {
    let (who, groups): (String, &[GroupId]) = match bearer {
        Principal::Anonymous => ("an anonymous caller".to_owned(), &[]),
        Principal::User { id, groups } => (format!("the user {id}"), groups),
        Principal::Thing { id, groups } => (format!("the thing {id}"), groups),
        Principal::Administrator { id } => (format!("the administrator {id}"), &[]),
        Principal::Operator => ("an operator".to_owned(), &[]),
    };
    let groups: Vec<&str> = groups.iter().map(GroupId::as_str).collect();
    let mut text = format!("The app {} accepts the token. Its bearer is {who}", app.id);
    if !groups.is_empty() {
        text.push_str(&format!(", in the groups {}", groups.join(", ")));
    }
    let bearer = bearer.creator().to_string();
    let json = json!({"appID": app.id.as_str(), "accepted": true, "bearer": bearer, "groups": groups});
    output.print(&format!("{text}."), &json)
}

fn refuse(refused: &RefusedToken, advice: &Advice<'_>, output: Output) -> Result<(), Failure> {
    let (reason, explanation) = (refused.reason.as_str(), advice.on(refused.reason));
    let app = advice.app.id.as_str();
    let text = format!("The app {app} refuses the token ({reason}): {explanation}.");
    let json = json!({
        "appID": app, "accepted": false, "reason": reason, "issuer": refused.issuer, "kid": refused.kid,
        "explanation": explanation,
    });
    output.print(&text, &json)
}
