//! `pail app`: apps, their keys and the issuers that they trust.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use pail::auth::app_key::{self, AppKey};
use pail::auth::key_set::KeySet;
use pail::model::app::{self, ClaimNames, Issuer, StoredAppKey};
use pail::model::id::AppId;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::changes::{Write, change_app, create_app, new_key, own_issuer, read_app, stored_key};
use super::connection::{Installation, Target};
use super::output::{Failure, Output};

/// Make and change apps, their keys and the issuers that they trust.
#[derive(Subcommand)]
pub enum App {
    /// Make an app with a key, which is shown once, and a secret of its own for `pail token`.
    #[command(after_help = "Example:\n  pail app create --app notes")]
    Create(Create),
    /// Show an app: its state, the IDs of its keys, the issuers that it trusts.
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
    /// Trust the tokens of an issuer, or change how an issuer that is trusted already is read.
    #[command(after_help = ADD_ISSUER_EXAMPLES)]
    AddIssuer(AddIssuer),
    /// Trust the tokens of an issuer no longer.
    #[command(after_help = "Example:\n  pail app remove-issuer --app notes --issuer https://login.example.com/")]
    RemoveIssuer(RemoveIssuer),
}

const ADD_ISSUER_EXAMPLES: &str = "\
Examples:
  pail app add-issuer --app notes --jwks keys.json \\
    --issuer https://login.example.com/ --audience notes-api
  pail app add-issuer --app notes --jwks keys.json \\
    --issuer https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc \\
    --audience 4client5id --audience-claim client_id \\
    --groups-claim cognito:groups
  pail app add-issuer --app notes --own";

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

/// A further key.
#[derive(Args)]
pub struct AddKey {
    #[command(flatten)]
    named: Named,
    /// The key, instead of a new random one.
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    key: Option<AppKey>,
}

/// A key that goes.
#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub struct RemoveKey {
    #[command(flatten)]
    named: Named,
    /// The ID of the key, as `pail app show` lists it.
    #[arg(long, value_name = "ID", group = "which")]
    key_id: Option<String>,
    /// The key itself.
    #[arg(long, value_name = "KEY", group = "which", value_parser = parse_key)]
    key: Option<AppKey>,
}

/// An issuer that is to be trusted.
#[derive(Args)]
#[command(group = ArgGroup::new("whose").required(true).args(["issuer", "own"]))]
pub struct AddIssuer {
    #[command(flatten)]
    named: Named,
    /// Pail's own issuer, with a new secret for `pail token`.
    #[arg(long, conflicts_with_all = ["jwks", "audiences", "audience_claim", "role_claim", "principal_type_claim", "groups_claim"])]
    own: bool,
    /// The `iss` of its tokens.
    #[arg(long, value_name = "ISS", requires = "jwks")]
    issuer: Option<String>,
    /// A file with its JSON Web Key Set, or - for standard input.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// An audience of which a token has to name one, instead of the app's ID; repeat it for more.
    #[arg(long = "audience", value_name = "AUD")]
    audiences: Vec<String>,
    /// The claim that holds the audience.
    #[arg(long, value_name = "NAME", default_value = "aud")]
    audience_claim: String,
    /// The claim that makes the administrator if it is `admin`.
    #[arg(long, value_name = "NAME", default_value = "role")]
    role_claim: String,
    /// The claim that makes a thing if it is `thing`.
    #[arg(long, value_name = "NAME", default_value = "principal_type")]
    principal_type_claim: String,
    /// The claim that lists the groups of the caller.
    #[arg(long, value_name = "NAME", default_value = "groups")]
    groups_claim: String,
}

/// An issuer that goes.
#[derive(Args)]
pub struct RemoveIssuer {
    #[command(flatten)]
    named: Named,
    /// The `iss` of its tokens.
    #[arg(long, value_name = "ISS")]
    issuer: String,
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
            Self::AddIssuer(add) => add.run(&installation).await?,
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

impl AddKey {
    async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app;
        let given = self.key.is_some();
        let key = self.key.map_or_else(|| new_key(installation), Ok)?;
        let new = stored_key(installation, &key);
        let added = change_app(installation, &id, |app| {
            if app_key::is_any_of(&key, &app.keys) {
                return (Write::Nothing, false);
            }
            app.keys.push(new.clone());
            (Write::Item, true)
        });
        if added.await? {
            Ok(with_key(format!("A key was added to the app {id}."), &id, &key, given))
        } else {
            Ok((
                format!("The app {id} has this key already."),
                json!({"appID": id.as_str(), "keyID": new.id(), "changed": false}),
            ))
        }
    }
}

/// Takes what `goes` out of a list; says whether there was any.
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

impl RemoveKey {
    async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app;
        let given = self.key.map(|key| StoredAppKey::id_of(&key.digest()));
        let key_id = self.key_id.or(given).unwrap_or_default();
        let removed =
            change_app(installation, &id, |app| Write::if_changed(remove(&mut app.keys, |key| key.id() == key_id)));
        let changed = removed.await?;
        let text = if changed {
            format!("The key {key_id} of the app {id} is good no longer.")
        } else {
            format!("The app {id} has no key {key_id}; `pail app show --app {id}` lists those that it has.")
        };
        Ok((text, json!({"appID": id.as_str(), "keyID": key_id, "changed": changed})))
    }
}

impl AddIssuer {
    async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app.clone();
        let issuer = if self.own { own_issuer(installation)? } else { self.issuer()? };
        let replaced = change_app(installation, &id, |app| {
            let replaced = remove(&mut app.issuers, |known| known.issuer == issuer.issuer);
            app.issuers.push(issuer.clone());
            (Write::Item, replaced)
        });
        let name = issuer.issuer.as_str();
        let text = if replaced.await? {
            format!(
                "The app {id} trusts the issuer {name} with what was given now, and with nothing that it had before."
            )
        } else {
            format!("The app {id} trusts the issuer {name}.")
        };
        Ok((text, json!({"appID": id.as_str(), "issuer": name, "changed": true})))
    }

    fn issuer(self) -> Result<Issuer, Failure> {
        let (Some(issuer), Some(file)) = (self.issuer, self.jwks) else {
            return Err(Failure::new("an issuer needs --issuer and --jwks"));
        };
        if issuer == Issuer::OWN {
            return Err(Failure(format!("the issuer {issuer} is Pail's own: --own gives the app a new secret for it")));
        }
        let text = read(&file)?;
        KeySet::parse(&text).map_err(|error| Failure(format!("{} cannot be used: {error}", name(&file))))?;
        Ok(Issuer {
            issuer,
            audiences: self.audiences,
            claims: ClaimNames {
                audience: self.audience_claim,
                role: self.role_claim,
                principal_type: self.principal_type_claim,
                groups: self.groups_claim,
            },
            key_set: RawValue::from_string(text.trim().to_owned()).map_err(Failure::new)?,
        })
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| Failure(format!("{} cannot be read: {error}", name(file))))?;
    Ok(text)
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

impl RemoveIssuer {
    async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let (id, issuer) = (self.named.app, self.issuer);
        let removed = change_app(installation, &id, |app| {
            Write::if_changed(remove(&mut app.issuers, |known| known.issuer == issuer))
        });
        let changed = removed.await?;
        let text = if changed {
            format!("The app {id} trusts the issuer {issuer} no longer.")
        } else {
            format!(
                "The app {id} did not trust the issuer {issuer}; `pail app show --app {id}` lists those that it does."
            )
        };
        Ok((text, json!({"appID": id.as_str(), "issuer": issuer, "changed": changed})))
    }
}

async fn switch(installation: &Installation, id: &AppId, disabled: bool) -> Result<Printed, Failure> {
    let changed = change_app(installation, id, |app| {
        let changed = app.disabled != disabled;
        app.disabled = disabled;
        Write::if_changed(changed)
    });
    let (changed, state) = (changed.await?, if disabled { "disabled" } else { "enabled" });
    let text =
        if changed { format!("The app {id} is {state} now.") } else { format!("The app {id} was {state} already.") };
    Ok((text, json!({"appID": id.as_str(), "status": state, "changed": changed})))
}

async fn list(installation: &Installation) -> Result<Printed, Failure> {
    let mut session = installation.session()?;
    let mut apps = session.apps().await.map_err(|_| installation.explain(&session))?;
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

fn described(app: &app::App) -> Printed {
    let mut text = format!("app {}: {}", app.id, state(app));
    for key in &app.keys {
        text.push_str(&format!("\nkey {}, added {}", key.id(), day(key.created)));
    }
    for issuer in &app.issuers {
        let audiences = if issuer.audiences.is_empty() { app.id.to_string() } else { issuer.audiences.join(", ") };
        let keys = key_ids(issuer).join(", ");
        text.push_str(&format!("\nissuer {}, audience {audiences}, keys {keys}", issuer.issuer));
    }
    let keys: Vec<Value> = app.keys.iter().map(|key| json!({"keyID": key.id(), "createdAt": key.created})).collect();
    let issuers: Vec<Value> = app
        .issuers
        .iter()
        .map(|issuer| {
            json!({"issuer": issuer.issuer, "audiences": issuer.audiences, "claims": issuer.claims, "keyIDs": key_ids(issuer)})
        })
        .collect();
    (text, json!({"appID": app.id.as_str(), "status": state(app), "keys": keys, "issuers": issuers}))
}

fn state(app: &app::App) -> &'static str {
    if app.disabled { "disabled" } else { "enabled" }
}

/// The `kid`s of an issuer's keys: all of a key set that may be shown.
fn key_ids(issuer: &Issuer) -> Vec<String> {
    let set: Value = serde_json::from_str(issuer.key_set.get()).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    keys.iter().map(|key| key.get("kid").and_then(Value::as_str).unwrap_or("(no ID)").to_owned()).collect()
}

fn day(milliseconds: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(milliseconds);
    humantime::format_rfc3339_seconds(time).to_string()
}
