//! `pail app add-issuer` and `remove-issuer`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser as NotEmpty;
use clap::{ArgGroup, Args, ValueEnum};
use pail::fetch::Fetcher;
use pail::model::app::App;
use pail::model::id::{AppId, UserPrefix};
use pail::model::issuer::{ClaimNames, Issuer, RoleClaim, RsaAlgorithm};
use pail::operation::refresh::{Limits, Unrefreshed, refresh};
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::{Named, Printed, discovery, remove, reported};
use crate::changes::{change_app, own_issuer};
use crate::connection::Installation;
use crate::output::{Failure, note};

/// Examples of `add-issuer`.
pub const EXAMPLES: &str = "\
Examples:
  pail app add-issuer --app notes --issuer https://login.example.com/ --audience notes-api
  pail app add-issuer --app notes --issuer https://login.example.com/ --jwks keys.json
  pail app add-issuer --app notes --jwks keys.json \\
    --issuer https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc \\
    --audience 4client5id --audience-claim aud --audience-claim client_id \\
    --groups-claim cognito:groups
  pail app add-issuer --app notes --own

Names of claims may be paths, such as realm_access.roles. docs/logins.md has a recipe for each of the usual providers.";

/// How long key sets are fetched at most.
const TIME_TO_FETCH: Duration = Duration::from_secs(20);

/// An issuer that is to be trusted.
#[derive(Args)]
#[command(group = ArgGroup::new("whose").required(true).args(["issuer", "own"]))]
pub struct AddIssuer {
    #[command(flatten)]
    named: Named,
    /// Pail's own issuer, with a new secret for `pail token`.
    #[arg(long, conflicts_with_all = [
        "jwks", "alg", "audiences", "audience_claims", "user_claim", "user_prefix", "same_users", "role_claim", "role_value",
        "principal_type_claim", "groups_claim"
    ])]
    own: bool,
    /// The `iss` of its tokens, to the letter. Without --jwks, its discovery document says where its keys are.
    #[arg(long, value_name = "ISS", value_parser = parse_issuer)]
    issuer: Option<String>,
    /// Its JSON Web Key Set: a URL, which is fetched again every hour, a file, or - for standard input.
    #[arg(long, value_name = "URL|FILE")]
    jwks: Option<String>,
    /// The algorithm of RSA keys that name none [default: RS256].
    #[arg(long, value_name = "ALG")]
    alg: Option<AlgorithmName>,
    /// An audience of which a token has to name one, instead of the app's ID; repeat it for more.
    #[arg(long = "audience", value_name = "AUD", value_parser = NotEmpty::new())]
    audiences: Vec<String>,
    /// A claim that may hold the audience; repeat it for more.
    #[arg(long = "audience-claim", value_name = "NAME", default_value = "aud", value_parser = NotEmpty::new())]
    audience_claims: Vec<String>,
    /// The claim that holds the caller's ID.
    #[arg(long, value_name = "NAME", default_value = "sub", value_parser = NotEmpty::new())]
    user_claim: String,
    /// What the IDs of its users and things begin with in Pail, so that they are nobody else's.
    #[arg(long, value_name = "PREFIX")]
    user_prefix: Option<UserPrefix>,
    /// The users of this issuer and of the others without a prefix are the same people where their IDs are the same.
    #[arg(long, conflicts_with = "user_prefix")]
    same_users: bool,
    /// The claim that makes the administrator; without it, no token does.
    #[arg(long, value_name = "NAME", value_parser = NotEmpty::new())]
    role_claim: Option<String>,
    /// What that claim is, or has in its list, for the administrator [default: admin].
    #[arg(long, value_name = "VALUE", requires = "role_claim", value_parser = NotEmpty::new())]
    role_value: Option<String>,
    /// The claim that makes a thing if it is `thing`; without it, no token does.
    #[arg(long, value_name = "NAME", value_parser = NotEmpty::new())]
    principal_type_claim: Option<String>,
    /// The claim that lists the groups of the caller.
    #[arg(long, value_name = "NAME", default_value = "groups", value_parser = NotEmpty::new())]
    groups_claim: String,
}

/// An algorithm of RSA keys.
#[derive(Clone, Copy, ValueEnum)]
enum AlgorithmName {
    #[value(name = "RS256")]
    Rs256,
    #[value(name = "PS256")]
    Ps256,
}

/// Which issuers are refreshed.
#[derive(Args)]
pub struct RefreshIssuers {
    /// The app, instead of all apps.
    #[arg(long, value_name = "ID")]
    app: Option<AppId>,
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

/// What adding an issuer came to.
enum Added {
    New,
    Replaced,
    Refused(String),
}

fn parse_issuer(text: &str) -> Result<String, String> {
    if text.is_empty() || text.trim() != text {
        return Err("an issuer is the iss of its tokens: it is not empty, and has no blanks around it".to_owned());
    }
    Ok(text.to_owned())
}

impl AddIssuer {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let (id, same_users) = (self.named.app.clone(), self.same_users);
        let issuer = if self.own { own_issuer(installation)? } else { self.issuer().await? };
        let added = change_app(installation, &id, |app| match mixed_up(app, &issuer, same_users) {
            Some(why) => (false, Added::Refused(why)),
            None => (true, put(&mut app.issuers, &issuer)),
        });
        let name = issuer.issuer.as_str();
        let text = match added.await? {
            Added::New => format!("The app {id} trusts the issuer {name}."),
            Added::Replaced => format!("Replaced the issuer {name} of the app {id}."),
            Added::Refused(why) => return Err(Failure(why)),
        };
        Ok((text, json!({"appID": id.as_str(), "issuer": name, "changed": true})))
    }

    async fn issuer(self) -> Result<Issuer, Failure> {
        let Some(issuer) = self.issuer else {
            return Err(Failure::new("an issuer needs --issuer"));
        };
        if issuer == Issuer::OWN {
            return Err(Failure(format!("the issuer {issuer} is Pail's own: --own gives the app a new secret for it")));
        }
        let rsa = match self.alg {
            Some(AlgorithmName::Ps256) => RsaAlgorithm::Ps256,
            Some(AlgorithmName::Rs256) | None => RsaAlgorithm::Rs256,
        };
        let (key_set, source) = discovery::key_set(&issuer, self.jwks.as_deref(), rsa).await?;
        let value = self.role_value.unwrap_or_else(|| "admin".to_owned());
        Ok(Issuer {
            issuer,
            audiences: self.audiences,
            user_prefix: self.user_prefix,
            claims: ClaimNames {
                user: self.user_claim,
                audience: self.audience_claims,
                role: self.role_claim.map(|name| RoleClaim { name, value }),
                principal_type: self.principal_type_claim,
                groups: self.groups_claim,
            },
            source,
            key_set: RawValue::from_string(key_set).map_err(Failure::new)?,
        })
    }
}

/// Why the users of a new issuer could be taken for others, or others for them. A subject is unique only together with its
/// issuer (OpenID Connect Core 1.0, section 5.7), so that the operator has to say what two issuers have in common. What an
/// issuer without a prefix was before, it stays.
fn mixed_up(app: &App, new: &Issuer, same_users: bool) -> Option<String> {
    let (id, name) = (&app.id, &new.issuer);
    let known = app.issuers.iter().find(|known| known.issuer == *name);
    let mut others = app.issuers.iter().filter(|known| known.issuer != *name);
    if let Some(prefix) = &new.user_prefix {
        return others.find_map(|other| overlap(prefix, other));
    }
    if same_users || new.is_own() {
        return None;
    }
    match known {
        Some(known) => known.user_prefix.as_ref().map(|prefix| {
            format!(
                "the IDs of the users of {name} begin with {prefix} in the app {id}: give --user-prefix {prefix} again, or \
                 --same-users if they are to be without it, as those of other people"
            )
        }),
        None => others.find(|other| !other.is_own()).map(|other| {
            format!(
                "the app {id} trusts {} already, whose user 1001 may be somebody else than the user 1001 of {name}: tell \
                 them apart with --user-prefix, or say --same-users if they are the same people",
                other.issuer
            )
        }),
    }
}

/// Why two prefixes do not tell users apart.
fn overlap(prefix: &UserPrefix, other: &Issuer) -> Option<String> {
    let theirs = other.user_prefix.as_ref()?;
    let (one, two) = (prefix.as_str(), theirs.as_str());
    (one.starts_with(two) || two.starts_with(one)).then(|| {
        format!(
            "the user prefix {one} and that of {}, {two}, do not tell users apart: neither may begin with the other",
            other.issuer
        )
    })
}

/// Puts an issuer where it was, or at the end.
fn put(issuers: &mut Vec<Issuer>, issuer: &Issuer) -> Added {
    match issuers.iter_mut().find(|known| known.issuer == issuer.issuer) {
        Some(known) => {
            *known = issuer.clone();
            Added::Replaced
        }
        None => {
            issuers.push(issuer.clone());
            Added::New
        }
    }
}

impl RefreshIssuers {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let fetcher = Fetcher::new().map_err(Failure::new)?;
        let limits = Limits { until: Instant::now() + TIME_TO_FETCH, app: self.app.as_ref(), loopback: true };
        let refreshed = refresh(&mut installation.session()?, &fetcher, limits).await;
        for Unrefreshed { app, issuer, why } in &refreshed.failed {
            note(&format!("the keys of {issuer} in the app {app} stay as they are: {why}"));
        }
        if let Some(failure) = refreshed.failures.first() {
            return Err(installation.explain(failure));
        }
        let (issuers, changed, failed) = (refreshed.issuers, refreshed.changed, refreshed.failed.len());
        let text =
            format!("{issuers} issuers have a URL: the keys of {changed} have changed, {failed} could not be fetched.");
        Ok((text, json!({"issuers": issuers, "changed": changed, "failed": failed})))
    }
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
