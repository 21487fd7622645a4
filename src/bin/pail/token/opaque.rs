//! Opaque tokens: `pail token --opaque` and `pail token revoke`.

use clap::Args;
use pail::auth::opaque_token::OpaqueToken;
use pail::auth::stored_token::{Basis, StoredToken};
use pail::model::app::App;
use pail::model::id::{AppId, UserId};
use pail::model::principal::Principal;
use serde_json::json;

use super::{Token, own_issuer};
use crate::changes::{new_token, read_app};
use crate::connection::Installation;
use crate::output::{Failure, Output, secret_argument};

/// A token that is to end.
#[derive(Args)]
pub struct Revoke {
    /// The app that the token is for.
    #[arg(long, value_name = "ID")]
    app: AppId,
    /// The token; - reads it from standard input.
    #[arg(value_name = "TOKEN")]
    token: String,
}

impl Token {
    /// A new opaque token. It rests on the app's own issuer, as a signed one does.
    pub(super) async fn issue(self, app: &App, installation: &Installation) -> Result<String, Failure> {
        if self.expires_in > StoredToken::LONGEST_LIFETIME || self.expires_in.as_secs() == 0 {
            return Err(Failure::new("an opaque token is good for a second to ten years (3650d): change --expires-in"));
        }
        let basis = Basis::Issuer(own_issuer(app)?.issuer.clone());
        let (now, lifetime) = (installation.system().now(), self.expires_in.as_secs());
        let stored = StoredToken {
            bearer: self.bearer()?,
            basis,
            created: now.milliseconds(),
            expires: now.seconds().saturating_add(lifetime),
            is_revoked: false,
        };
        let token = new_token(installation)?;
        let issued = installation.session()?.issue_token(&app.id, &token, &stored).await;
        issued.map_err(|failure| installation.explain(&failure))?;
        Ok(token.reveal().to_owned())
    }

    fn bearer(self) -> Result<Principal, Failure> {
        match (self.user, self.thing) {
            (Some(id), _) => Ok(Principal::User { id, groups: self.groups }),
            (_, Some(id)) => Ok(Principal::Thing { id, groups: self.groups }),
            (None, None) => Ok(Principal::Administrator { id: UserId::parse("admin").map_err(Failure::new)? }),
        }
    }
}

impl Revoke {
    pub async fn run(self, installation: &Installation, output: Output) -> Result<(), Failure> {
        let text = secret_argument(&self.token)?;
        let token = OpaqueToken::parse(&text).ok_or_else(|| {
            Failure::new(
                "only opaque tokens can be revoked, and this is none: they are pail_ and 43 characters; a JSON Web Token \
                 is good until it expires, or its issuer or key is taken from the app",
            )
        })?;
        let app = read_app(installation, &self.app).await?.id;
        let revoked = installation.session()?.revoke_token(&app, &token).await;
        let revoked = revoked.map_err(|failure| installation.explain(&failure))?;
        let text = if revoked {
            format!("The token of the app {app} is good no longer.")
        } else {
            format!("The app {app} has no such token: it has expired, or is of another app.")
        };
        output.print(&text, &json!({"appID": app.as_str(), "changed": revoked}))
    }
}
