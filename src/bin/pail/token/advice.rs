//! What is wrong with a token that is refused, and what would be right, in words for an operator.

use std::time::{Duration, UNIX_EPOCH};

use pail::auth::claims::{self, TokenRules};
use pail::auth::refused_token::Reason;
use pail::auth::token::Token;
use pail::model::app::App;
use pail::model::id::{ThingId, UserId};
use pail::model::issuer::{ClaimNames, Issuer};
use pail::system::Timestamp;
use serde_json::Value;

/// A refused token beside the app that refuses it.
pub struct Advice<'a> {
    /// The app.
    pub app: &'a App,
    text: &'a str,
    token: Option<Token<'a>>,
    /// The issuer that the token names, if the app trusts it.
    issuer: Option<&'a Issuer>,
    rules: TokenRules,
    now: Timestamp,
}

impl<'a> Advice<'a> {
    /// On a token of this text.
    pub fn new(text: &'a str, app: &'a App, rules: TokenRules, now: Timestamp) -> Self {
        let token = Token::parse(text).ok();
        let issuer = token.as_ref().and_then(Token::issuer);
        let issuer = app.issuers.iter().find(|known| Some(known.issuer.as_str()) == issuer);
        Self { app, text, token, issuer, rules, now }
    }

    /// What is wrong, and what would be right, without a full stop.
    pub fn on(&self, reason: Reason) -> String {
        match reason {
            Reason::TooLong => format!("it has {} characters, and a token has at most 16384", self.text.len()),
            Reason::Malformed => MALFORMED.to_owned(),
            Reason::Header => HEADER.to_owned(),
            Reason::Algorithm => self.on_algorithm(),
            Reason::IssuerUnknown => self.on_issuer(),
            Reason::KeySet => format!("the stored keys of {} cannot be used; {}", self.issuer_name(), self.new_keys()),
            Reason::KeyUnknown => self.on_key(),
            Reason::Signature => format!(
                "it is not signed by the key of {} that it names: somebody has changed it, or it comes from somebody else",
                self.issuer_name()
            ),
            Reason::Times => TIMES.to_owned(),
            Reason::Expired => format!("it expired {}, and now it is {}", self.time("exp"), date(self.now.0)),
            Reason::NotYetValid => format!(
                "it is valid from nbf {} and iat {} on, and now it is {}: is the clock of one of the two wrong?",
                self.time("nbf"),
                self.time("iat"),
                date(self.now.0)
            ),
            Reason::Lifetime => format!(
                "it expires {}, and may be good for {} at most: shorten the lifetime at the issuer, or raise \
                 MaxTokenLifetimeSeconds",
                self.time("exp"),
                humantime::format_duration(self.rules.maximum_lifetime)
            ),
            Reason::Audience => self.on_audience(),
            Reason::UserId => self.on_user(),
            Reason::UserPrefix => self.on_prefix(),
            Reason::PrincipalType => {
                let name = self.issuer.and_then(Issuer::principal_type).unwrap_or_default();
                format!("its {name} is {}; it is \"thing\", \"user\" or missing", self.claim(name))
            }
            Reason::TokenUnknown => {
                "the app has no such opaque token: it has expired and is gone, or is of another app".to_owned()
            }
            Reason::Revoked => "it was revoked".to_owned(),
            Reason::BasisGone => {
                "the client, app key or issuer that it was issued to is no longer in the app; a new token is needed"
                    .to_owned()
            }
        }
    }

    fn on_algorithm(&self) -> String {
        format!(
            "its header has alg {} and kid {}: RS256, PS256, ES256, EdDSA and HS256 are used, and each key of {} with one of \
             them alone",
            self.parameter("alg"),
            self.parameter("kid"),
            self.issuer_name()
        )
    }

    fn on_issuer(&self) -> String {
        let known: Vec<&str> = self.app.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
        format!(
            "its iss is {}, and the app trusts {}; iss has to be the same to the letter, a / at its end included, and \
             `pail app add-issuer` adds an issuer",
            self.claim("iss"),
            listed(&known)
        )
    }

    fn on_key(&self) -> String {
        let set = self.issuer.and_then(|issuer| serde_json::from_str::<Value>(issuer.key_set.get()).ok());
        let keys = set.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
        let ids: Vec<&str> =
            keys.into_iter().flatten().filter_map(|key| key.get("kid").and_then(Value::as_str)).collect();
        format!(
            "its kid is {}, and the keys of {} are {}; if the issuer has new keys, {}",
            self.parameter("kid"),
            self.issuer_name(),
            listed(&ids),
            self.new_keys()
        )
    }

    fn on_audience(&self) -> String {
        let names = self.issuer.map_or_else(|| ClaimNames::default().audience, |issuer| issuer.claims.audience.clone());
        let found: Vec<String> = names.iter().map(|name| format!("{name} is {}", self.claim(name))).collect();
        let accepted = match self.issuer {
            Some(issuer) if !issuer.audiences.is_empty() => issuer.audiences.join(" or "),
            Some(_) | None => self.app.id.to_string(),
        };
        format!(
            "its {}, and the app accepts {accepted}; --audience of `pail app add-issuer` sets what is accepted, and \
             --audience-claim in which claim",
            found.join(", its ")
        )
    }

    fn on_user(&self) -> String {
        let Some(issuer) = self.issuer else { return UserId::PATTERN.to_owned() };
        let name = &issuer.claims.user;
        let prefix = issuer.user_prefix.as_ref().map(|prefix| format!(", to which the prefix {prefix} is added"));
        format!(
            "its {name} is {}{}; {}, and {}; --user-claim of `pail app add-issuer` names another claim",
            self.claim(name),
            prefix.unwrap_or_default(),
            UserId::PATTERN,
            ThingId::PATTERN
        )
    }

    fn on_prefix(&self) -> String {
        let id = match (&self.token, self.issuer) {
            (Some(token), Some(issuer)) => claims::user_id(token.claims(), issuer).ok(),
            (None, _) | (_, None) => None,
        };
        let id = id.map_or_else(|| "that it names".to_owned(), |id| id.to_string());
        let mut others =
            self.app.issuers.iter().filter(|other| Some(&other.issuer) != self.issuer.map(|own| &own.issuer));
        let owner =
            others.find(|other| other.user_prefix.as_ref().is_some_and(|prefix| id.starts_with(prefix.as_str())));
        let owner = owner.map_or("another issuer", |owner| &owner.issuer);
        format!("the user {id} can only be one of {owner}, whose users alone have IDs that begin so")
    }

    /// How the app gets the newest keys of the issuer.
    fn new_keys(&self) -> String {
        if self.issuer.is_some_and(|issuer| issuer.source.is_some()) {
            return format!("`pail app refresh-issuers --app {}` fetches them at once", self.app.id);
        }
        "fetch its key set and give it to `pail app add-issuer --jwks` with the same options as before".to_owned()
    }

    fn issuer_name(&self) -> &str {
        self.issuer.map_or("its issuer", |issuer| &issuer.issuer)
    }

    /// A claim as JSON, in which nothing can disturb a terminal.
    fn claim(&self, name: &str) -> String {
        let claim = self.token.as_ref().and_then(|token| claims::find(token.claims(), name));
        claim.map_or_else(|| "missing".to_owned(), |claim| plain(&claim.to_string()))
    }

    fn parameter(&self, name: &str) -> String {
        let value = self.token.as_ref().and_then(|token| token.parameter(name));
        value.map_or_else(|| "missing".to_owned(), |value| plain(&Value::from(value).to_string()))
    }

    /// A claim that is a time.
    fn time(&self, name: &str) -> String {
        let claim = self.token.as_ref().and_then(|token| token.claims().get(name)).and_then(Value::as_f64);
        let time = claim.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        time.map_or_else(|| self.claim(name), date)
    }
}

const MALFORMED: &str = "it is no JSON Web Token: three parts of Base64 for URLs with dots between them, header and claims \
                         being JSON objects in which no name occurs twice. Leave out Bearer, quotes and line breaks. Some \
                         issuers give opaque tokens, which only they can read, unless an audience is asked for";
const HEADER: &str = "its header has crit, b64 or jwk, or says where its key is (jku, x5c, x5u) without a kid, or its kid is \
                      no text: a token names its key by kid";
const TIMES: &str = "exp is missing, or one of exp, nbf and iat is no number of seconds since 1970 UTC";

fn date(time: Duration) -> String {
    let end_of_9999 = Duration::from_secs(253_402_300_799);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + time.min(end_of_9999)).to_string()
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { plain(&names.join(", ")) }
}

/// Without control characters, and no longer than a few lines.
fn plain(text: &str) -> String {
    let visible = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    let mut visible = visible.peekable();
    let start: String = visible.by_ref().take(500).collect();
    if visible.peek().is_some() { format!("{start}…") } else { start }
}
