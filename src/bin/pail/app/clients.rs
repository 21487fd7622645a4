//! `pail app add-client` and `remove-client`.

use clap::Args;
use pail::auth::client::{self, ClientSecret};
use pail::model::client::{ClientId, StoredClient};
use serde_json::json;

use super::{Named, Printed, remove, reported};
use crate::changes::{change_app, new_client_id, new_client_secret};
use crate::connection::Installation;
use crate::output::{Failure, secret_argument};

/// Examples of `add-client`.
pub const EXAMPLES: &str = "\
Examples:
  pail app add-client --app notes --client backend
  pail app add-client --app notes --client backend --secret - < secret.txt

A client gets tokens of the administrator, who may do everything in the app, from POST /api/apps/{app}/oauth2/token.";

/// A further client.
#[derive(Args)]
pub struct AddClient {
    #[command(flatten)]
    named: Named,
    /// Its ID, instead of a new random one.
    #[arg(long = "client", value_name = "ID")]
    id: Option<ClientId>,
    /// Its secret of at least 32 characters, instead of a new random one; - reads it from standard input.
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
}

/// A client that goes.
#[derive(Args)]
pub struct RemoveClient {
    #[command(flatten)]
    named: Named,
    /// The ID of the client, as `pail app show` lists it.
    #[arg(long = "client", value_name = "ID")]
    id: String,
}

/// What adding a client came to.
enum Added {
    New,
    Exists,
    IsTheApp,
}

impl AddClient {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let app = self.named.app;
        let client = self.id.map_or_else(|| new_client_id(installation), Ok)?;
        let (secret, is_given) = match self.secret {
            Some(argument) => (parse_secret(&secret_argument(&argument)?)?, true),
            None => (new_client_secret(installation)?, false),
        };
        let created = installation.system().now().milliseconds();
        let new = StoredClient { id: client.clone(), digest: secret.digest(), created };
        let added = change_app(installation, &app, |app| {
            if app.id.as_str() == client.as_str() {
                return (false, Added::IsTheApp);
            }
            if app.clients.iter().any(|known| known.id == client) {
                return (false, Added::Exists);
            }
            app.clients.push(new.clone());
            (true, Added::New)
        });
        match added.await? {
            Added::New => Ok(shown(&app.to_string(), &client, &secret, is_given)),
            Added::Exists => Err(Failure(format!(
                "the app {app} has a client {client} already; `pail app remove-client` takes it away with its tokens"
            ))),
            Added::IsTheApp => Err(Failure(format!(
                "a client cannot have the ID of its app: with client_id {app}, callers ask for an anonymous token"
            ))),
        }
    }
}

/// The new client, whose secret is shown this once. A secret that was given is known already.
fn shown(app: &str, client: &ClientId, secret: &ClientSecret, is_given: bool) -> Printed {
    let text = format!("A client was added to the app {app}.\nclient_id: {client}");
    let id = client.as_str();
    if is_given {
        return (text, json!({"appID": app, "client_id": id, "changed": true}));
    }
    let secret = secret.reveal();
    let text = format!("{text}\nclient_secret, which is not shown again: {secret}");
    (text, json!({"appID": app, "client_id": id, "client_secret": secret, "changed": true}))
}

fn parse_secret(text: &str) -> Result<ClientSecret, Failure> {
    ClientSecret::parse(text).ok_or_else(|| Failure(format!("the secret is not valid: {}", client::PATTERN)))
}

impl RemoveClient {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let (app, client) = (self.named.app, self.id);
        let removed = change_app(installation, &app, |app| {
            reported(remove(&mut app.clients, |known| known.id.as_str() == client))
        });
        let changed = removed.await?;
        let text = if changed {
            format!("The client {client} of the app {app} is good no longer, nor are its tokens.")
        } else {
            format!("The app {app} has no client {client}; `pail app show --app {app}` lists those that it has.")
        };
        Ok((text, json!({"appID": app.as_str(), "client_id": client, "changed": changed})))
    }
}
