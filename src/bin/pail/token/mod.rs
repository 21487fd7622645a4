//! `pail token`: tokens signed with the app's own key, and opaque ones.

mod advice;
mod explain;
mod opaque;
mod sign;

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use pail::config::MAXIMUM_TOKEN_LIFETIME;
use pail::model::app::App;
use pail::model::id::{AppId, GroupId, ThingId, UserId};
use pail::model::issuer::Issuer;

use explain::Explain;
use opaque::Revoke;

use super::changes::read_app;
use super::connection::{Installation, Target};
use super::output::{Failure, Output, line, note};

/// Print a token, revoke one, or say why one is refused.
///
/// The token is all that is printed. It says who the caller is, and is good until it expires.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub struct Command {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    token: Option<Token>,
}

#[derive(Subcommand)]
enum Action {
    /// Revoke an opaque token; the next request with it is refused.
    #[command(after_help = "Example:\n  pail token revoke --app notes - < token.txt")]
    Revoke(Revoke),
    /// Say whether an app accepts a token, and if not, why, and what would be right.
    #[command(after_help = explain::EXAMPLES)]
    Explain(Explain),
}

/// A token of a caller of an app.
#[derive(Args)]
#[command(group = ArgGroup::new("bearer").required(true))]
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
    /// Make a short opaque token, which is stored and can be revoked, in place of a signed one.
    #[arg(long)]
    opaque: bool,
}

const EXAMPLES: &str = "\
Examples:
  pail token --app notes --user alice --group editors
  pail token --app notes --admin --expires-in 15m
  pail token --app notes --thing lamp --opaque --expires-in 365d
  curl -H \"Authorization: Bearer $(pail token --app notes --user alice)\" …";

impl Command {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        match (self.action, self.token) {
            (Some(Action::Revoke(revoke)), _) => revoke.run(&target.connect().await?, output).await,
            (Some(Action::Explain(explain)), _) => explain.run(&target.connect().await?, output).await,
            (None, Some(token)) => token.run(target).await,
            (None, None) => Err(Failure::new("a token needs --app and one of --user, --thing and --admin")),
        }
    }
}

impl Token {
    async fn run(self, target: &Target) -> Result<(), Failure> {
        if self.expires_in > MAXIMUM_TOKEN_LIFETIME && !self.opaque {
            note(
                "Pail refuses tokens that are good for more than 30 days, unless PAIL_MAX_TOKEN_LIFETIME_SECONDS says otherwise",
            );
        }
        let installation = target.connect().await?;
        let app = read_app(&installation, &self.app).await?;
        if app.disabled {
            note(&format!("the app {} is disabled, so that nobody may use the token for now", app.id));
        }
        let token = if self.opaque {
            self.issue(&app, &installation).await?
        } else {
            self.sign(&app, installation.system().now())?
        };
        line(&token)
    }

    /// A token of a user of `app`, for the time that is given.
    pub fn of_user(app: AppId, user: UserId, expires_in: Duration) -> Self {
        Self { app, user: Some(user), thing: None, admin: false, groups: Vec::new(), expires_in, opaque: false }
    }

    /// The token, signed with the own key of the app.
    pub async fn text(self, installation: &Installation) -> Result<String, Failure> {
        let app = read_app(installation, &self.app).await?;
        self.sign(&app, installation.system().now())
    }
}

/// The app's own issuer, which both kinds of tokens rest on.
fn own_issuer(app: &App) -> Result<&Issuer, Failure> {
    app.issuers.iter().find(|issuer| issuer.is_own()).ok_or_else(|| {
        let id = &app.id;
        Failure(format!(
            "the app {id} has no key of its own to sign with: `pail app add-issuer --app {id} --own` gives it one"
        ))
    })
}
