//! `pail app add-issuer` and `remove-issuer`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use pail::auth::key_set::KeySet;
use pail::model::app::{ClaimNames, Issuer};
use serde_json::json;
use serde_json::value::RawValue;

use super::{Named, Printed, remove, reported};
use crate::changes::{change_app, own_issuer};
use crate::connection::Installation;
use crate::output::Failure;

/// Examples of `add-issuer`.
pub const EXAMPLES: &str = "\
Examples:
  pail app add-issuer --app notes --jwks keys.json \\
    --issuer https://login.example.com/ --audience notes-api
  pail app add-issuer --app notes --jwks keys.json \\
    --issuer https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc \\
    --audience 4client5id --audience-claim client_id \\
    --groups-claim cognito:groups
  pail app add-issuer --app notes --own";

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

impl AddIssuer {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app.clone();
        let issuer = if self.own { own_issuer(installation)? } else { self.issuer()? };
        let replaced = change_app(installation, &id, |app| {
            let replaced = remove(&mut app.issuers, |known| known.issuer == issuer.issuer);
            app.issuers.push(issuer.clone());
            (true, replaced)
        });
        let name = issuer.issuer.as_str();
        let text = if replaced.await? {
            format!("Replaced the issuer {name} of the app {id}.")
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
        KeySet::vet(&text).map_err(|error| Failure(format!("{} cannot be used: {error}", name(&file))))?;
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
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let (id, issuer) = (self.named.app, self.issuer);
        let removed =
            change_app(installation, &id, |app| reported(remove(&mut app.issuers, |known| known.issuer == issuer)));
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
