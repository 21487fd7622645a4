//! `pail app`: apps, their keys and clients, and the issuers that they trust.

mod clients;
mod discovery;
mod issuers;
mod keys;
mod shown;

use clap::{Args, Subcommand};
use pail::auth::app_key::{self, AppKey};
use pail::model::app::StoredAppKey;
use pail::model::id::AppId;
use serde_json::{Value, json};

use clients::{AddClient, RemoveClient};
use issuers::{AddIssuer, RefreshIssuers, RemoveIssuer};
use keys::{AddKey, RemoveKey};
use shown::{described, state};

use super::changes::{change_app, create_app, new_key, read_app};
use super::connection::{Installation, Target};
use super::output::{Failure, Output};

/// Make and change apps, their keys and clients, and the issuers that they trust.
#[derive(Subcommand)]
pub enum App {
    /// Make an app with a key, which is shown once, and a secret of its own for `pail token`.
    #[command(after_help = "Example:\n  pail app create --app notes")]
    Create(Create),
    /// Show an app: its state, the IDs of its keys and clients, the issuers that it trusts.
    #[command(after_help = "Example:\n  pail app show --app notes")]
    Show(Named),
    /// List all apps.
    #[command(after_help = "Example:\n  pail app list --output json")]
    List,
    /// Refuse all requests to an app.
    #[command(after_help = "Example:\n  pail app disable --app notes")]
    Disable(Named),
    /// Take an app back into service.
    #[command(after_help = "Example:\n  pail app enable --app notes")]
    Enable(Named),
    /// Add a key, which is shown once. The keys that are there stay good.
    #[command(after_help = "Example:\n  pail app add-key --app notes")]
    AddKey(AddKey),
    /// Take a key away; the next request with it is refused, or where KeepSeconds is set, the next after so many seconds.
    #[command(after_help = "Example:\n  pail app remove-key --app notes --key-id 0123456789ab")]
    RemoveKey(RemoveKey),
    /// Add a client, whose secret is shown once: a program that gets tokens of the administrator.
    #[command(after_help = clients::EXAMPLES)]
    AddClient(AddClient),
    /// Take a client away; the next request with one of its tokens is refused, or where KeepSeconds is set, the next after
    /// so many seconds.
    #[command(after_help = "Example:\n  pail app remove-client --app notes --client backend")]
    RemoveClient(RemoveClient),
    /// Trust the tokens of an issuer, or change how an issuer that is trusted already is read.
    #[command(after_help = issuers::EXAMPLES)]
    AddIssuer(AddIssuer),
    /// Fetch the keys of all issuers that publish them at a URL, as the function does every hour.
    #[command(after_help = "Example:\n  pail app refresh-issuers --app notes")]
    RefreshIssuers(RefreshIssuers),
    /// Trust the tokens of an issuer no longer.
    #[command(after_help = "Example:\n  pail app remove-issuer --app notes --issuer https://login.example.com/")]
    RemoveIssuer(RemoveIssuer),
}

/// Names an app.
#[derive(Args)]
pub struct Named {
    /// The app.
    #[arg(long, value_name = "ID")]
    app: AppId,
}

/// What a new app is to be.
#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    named: Named,
    /// Its key, instead of a new random one.
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    key: Option<AppKey>,
    /// Give it no secret of its own, so that `pail token` makes no tokens for it.
    #[arg(long)]
    no_own_issuer: bool,
}

/// An app key as somebody typed it.
pub fn parse_key(text: &str) -> Result<AppKey, String> {
    AppKey::parse(text).ok_or_else(|| app_key::PATTERN.to_owned())
}

impl App {
    /// Runs the command.
    pub async fn run(self, target: &Target, output: Output) -> Result<(), Failure> {
        let installation = target.connect().await?;
        let (text, json) = match self {
            Self::Create(create) => create.run(&installation).await?,
            Self::Show(named) => described(&read_app(&installation, &named.app).await?),
            Self::List => list(&installation).await?,
            Self::Disable(named) => switch(&installation, &named.app, true).await?,
            Self::Enable(named) => switch(&installation, &named.app, false).await?,
            Self::AddKey(add) => add.run(&installation).await?,
            Self::RemoveKey(remove) => remove.run(&installation).await?,
            Self::AddClient(add) => add.run(&installation).await?,
            Self::RemoveClient(remove) => remove.run(&installation).await?,
            Self::AddIssuer(add) => add.run(&installation).await?,
            Self::RefreshIssuers(refresh) => refresh.run(&installation).await?,
            Self::RemoveIssuer(remove) => remove.run(&installation).await?,
        };
        output.print(&text, &json)
    }
}

/// A result as text and as JSON.
type Printed = (String, Value);

impl Create {
    async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app;
        let given = self.key.is_some();
        let key = self.key.map_or_else(|| new_key(installation), Ok)?;
        if !create_app(installation, &id, &key, !self.no_own_issuer).await? {
            return Err(Failure(format!("there is an app {id} already: `pail app show --app {id}` shows it")));
        }
        Ok(with_key(format!("The app {id} was created."), &id, &key, given))
    }
}

/// The result of a change that has nothing to report but whether it changed anything.
fn reported(changed: bool) -> (bool, bool) {
    (changed, changed)
}

/// Removes what `goes` from a list. Returns whether there was any.
fn remove<T>(list: &mut Vec<T>, goes: impl Fn(&T) -> bool) -> bool {
    let before = list.len();
    list.retain(|one| !goes(one));
    list.len() != before
}

/// Shows a new key, the only time that anybody sees it. One that was given is known already.
fn with_key(text: String, id: &AppId, key: &AppKey, given: bool) -> Printed {
    let key_id = StoredAppKey::id_of(&key.digest());
    if given {
        return (text, json!({"appID": id.as_str(), "keyID": key_id, "changed": true}));
    }
    let key = key.reveal();
    let text = format!("{text}\nIts key, which is not shown again: {key}");
    (text, json!({"appID": id.as_str(), "key": key, "keyID": key_id, "changed": true}))
}

async fn switch(installation: &Installation, id: &AppId, disabled: bool) -> Result<Printed, Failure> {
    let changed = change_app(installation, id, |app| {
        let changed = app.disabled != disabled;
        app.disabled = disabled;
        reported(changed)
    });
    let (changed, state) = (changed.await?, if disabled { "disabled" } else { "enabled" });
    let text =
        if changed { format!("The app {id} is {state} now.") } else { format!("The app {id} was {state} already.") };
    Ok((text, json!({"appID": id.as_str(), "status": state, "changed": changed})))
}

async fn list(installation: &Installation) -> Result<Printed, Failure> {
    let apps = installation.session()?.apps().await;
    let mut apps = apps.map_err(|failure| installation.explain(&failure))?;
    apps.sort_by(|one, other| one.id.cmp(&other.id));
    let lines: Vec<String> = apps.iter().map(|app| format!("{}  {}", app.id, state(app))).collect();
    let text = if lines.is_empty() {
        "There are no apps; `pail app create --app ID` makes one.".to_owned()
    } else {
        lines.join("\n")
    };
    let values: Vec<Value> = apps.iter().map(|app| described(app).1).collect();
    Ok((text, json!({"apps": values})))
}
