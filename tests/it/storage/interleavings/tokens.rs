//! Requests about opaque tokens, and the laws of tokens.

use pail_testing::{Answer, Call, NOW, log, tables};
use serde_json::{Value, json};

use super::cast::{Actor, Deed, Exchange, HELD, Role, TOKENS, Who, number, text};
use super::history::{Form, History};
use super::management::Matter;
use crate::tokens::stage::{exchange, partition, revocation};

/// What an actor does with opaque tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Revokes [`HELD`].
    Revoke,
    /// Gives [`HELD`] for another token.
    Exchange,
    /// Gets a token, uses it, revokes it, and uses it again. Before the last use, DynamoDB removes what has expired.
    LiveThrough,
}

/// How far ahead of the function's clock the one is by which DynamoDB removes expired items, in seconds: as long as attempts
/// may be late.
const AHEAD: u64 = 15 * 60;

/// How long the tokens of [`Errand::LiveThrough`] are good, in milliseconds. The time does not pass during a run.
const LIFETIME: u64 = 10 * 60 * 1000;

impl Role {
    /// Requests about opaque tokens, and with one.
    pub const TOKENS: [Self; 9] = [
        Self::Token(Errand::Revoke),
        Self::Token(Errand::Exchange),
        Self::Token(Errand::LiveThrough),
        Self::Create(Who::Holder),
        Self::Object(Who::Holder, Deed::Read),
        Self::Object(Who::Holder, Deed::Put),
        Self::Object(Who::Holder, Deed::Patch),
        Self::Manage(Who::Holder, Matter::Make),
        Self::Manage(Who::Holder, Matter::Drop),
    ];
}

impl Actor {
    /// Runs an errand in an app.
    pub async fn run(&self, errand: Errand, app: &str) -> Vec<Exchange> {
        match errand {
            Errand::Revoke => vec![self.revoke(app, HELD).await],
            Errand::Exchange => {
                let got = self.exchange(app, HELD).await;
                vec![Exchange { token: Some(partition(app, HELD)), ..got }]
            }
            Errand::LiveThrough => self.live_through(app).await,
        }
    }

    async fn live_through(&self, app: &str) -> Vec<Exchange> {
        let got = self.exchange(app, &TOKENS[0]).await;
        if got.answer.status != 200 {
            return vec![Exchange { method: "get".to_owned(), ..got }];
        }
        let token = got.answer.text("access_token");
        let key = partition(app, &token);
        let got = Exchange { method: "get".to_owned(), token: Some(key.clone()), ..got };
        let mut exchanges = vec![got, self.show_owner(app, &token).await, self.revoke(app, &token).await];
        self.expire(&key).await;
        exchanges.push(self.show_owner(app, &token).await);
        exchanges
    }

    async fn exchange(&self, app: &str, token: &str) -> Exchange {
        let call = exchange(token, json!({"expiresAt": NOW + LIFETIME}));
        let sent = self.send(call.path(&format!("/api/apps/{app}/oauth2/token"))).await;
        Exchange { method: "exchange".to_owned(), ..sent }
    }

    async fn revoke(&self, app: &str, token: &str) -> Exchange {
        let sent = self.send(revocation(token).path(&format!("/api/apps/{app}/oauth2/revoke"))).await;
        Exchange { method: "revoke token".to_owned(), token: Some(partition(app, token)), ..sent }
    }

    async fn show_owner(&self, app: &str, token: &str) -> Exchange {
        log::keep(token);
        let me = Call::bucket("GET", app, "notes").path(&format!("/api/apps/{app}/users/me")).bearer(token);
        Exchange { method: "me".to_owned(), token: Some(partition(app, token)), ..self.send(me).await }
    }

    /// DynamoDB removes the item of a token if it has expired.
    async fn expire(&self, partition: &str) {
        let delete = self.client.delete_item().table_name(tables().objects);
        let delete = delete.key("pk", text(partition)).key("sk", text("token"));
        let delete = delete.condition_expression("#expires < :now").expression_attribute_names("#expires", "expires");
        // Whether there was anything to remove makes no difference to the actor.
        let _ = delete.expression_attribute_values(":now", number(NOW / 1000 + AHEAD)).send().await;
    }
}

/// Whether the item of a token lets anybody in.
fn is_good(item: &Value) -> bool {
    !item.is_null() && item.get("revoked").is_none()
}

/// Whether an answer refuses the token: of an exchange, or of another request.
fn is_refused_for_its_token(answer: &Answer) -> bool {
    [(400, "invalid_request"), (403, "WRONG_TOKEN")].contains(&(answer.status, &*answer.error_code()))
}

impl History {
    /// The forms of a token, each with the number of the last state that has it. The item is null where there was none.
    fn forms_of_token(&self, key: &str) -> Vec<(&Form, usize)> {
        let forms = self.tokens.get(key).map(|forms| &forms[..]).unwrap_or_default();
        let ends = forms.iter().skip(1).map(|next| next.since - 1).chain([usize::MAX]);
        forms.iter().zip(ends).collect()
    }

    /// The forms of a token during a request. A token that does not exist yet has none.
    fn token_during(&self, key: &str, exchange: &Exchange) -> impl Iterator<Item = &Value> {
        let (began, ended) = (exchange.began, exchange.ended);
        let forms = self.forms_of_token(key).into_iter();
        forms.filter(move |(form, last)| form.since <= ended && *last >= began).map(|(form, _)| &form.item)
    }

    fn is_good_at(&self, key: &str, state: usize) -> bool {
        let forms = self.forms_of_token(key);
        forms.iter().any(|(form, last)| form.since <= state && state <= *last && is_good(&form.item))
    }

    /// A token is put with one content. It can be revoked, which nothing undoes, and removed by DynamoDB if it was not
    /// revoked.
    pub fn what_is_revoked_stays_revoked(&self) {
        for (key, forms) in &self.tokens {
            let first = &forms[0].item;
            for pair in forms.windows(2) {
                let (before, after) = (&pair[0].item, &pair[1].item);
                assert!(before.get("revoked").is_none(), "{key} was revoked and has changed: {before}, {after}");
                if before.is_null() {
                    assert_eq!(after, first, "{key}: only a late attempt of its put can find nothing");
                } else if !after.is_null() {
                    let mut expected = before.clone();
                    expected["revoked"] = json!({"N": NOW.to_string()});
                    expected["expires"] = after["expires"].clone();
                    assert_eq!(*after, expected, "{key}");
                }
            }
        }
    }

    /// Whether a revocation of a token was answered before this request began.
    fn was_revoked_before(&self, key: &str, exchange: &Exchange) -> bool {
        let all = (0..self.roles.len()).flat_map(|actor| self.exchanges(actor));
        let mut revocations = all.filter(|other| other.method == "revoke token" && other.token.as_deref() == Some(key));
        revocations.any(|other| other.answer.status == 200 && other.ended <= exchange.began)
    }

    /// A request with an opaque token gets what it asks for only if the token was good meanwhile, and is refused for its
    /// token only if it was not. Once a revocation was answered, every later request is refused.
    pub fn judge_holder(&self, exchange: &Exchange) {
        let Some(key) = exchange.token.as_deref().filter(|_| !["get", "revoke token"].contains(&&*exchange.method))
        else {
            return;
        };
        let (status, code) = (exchange.answer.status, exchange.answer.error_code());
        let is_refused = is_refused_for_its_token(&exchange.answer);
        let was_revoked = self.was_revoked_before(key, exchange);
        let allowed = is_refused || status == 503 || code == "APP_DISABLED";
        assert!(!was_revoked || allowed, "a revoked token is good: {exchange:?}");
        let mut forms = self.token_during(key, exchange);
        if is_refused {
            assert!(forms.any(|form| !is_good(form)), "a good token was refused: {exchange:?}");
        } else if !allowed {
            assert!(forms.any(is_good), "a token that is not good was accepted: {exchange:?}");
        }
    }

    /// The answers to requests about tokens: a token that was given was put once and for all, a refused one was not put,
    /// and what was revoked is revoked.
    pub fn judge_errand(&self, actor: usize, exchanges: &[Exchange]) {
        let made: Vec<(&String, &Form)> = self.tokens.iter().map(|(key, forms)| (key, &forms[0])).collect();
        let made: Vec<_> = made.into_iter().filter(|(_, form)| form.by == Some(actor)).collect();
        assert!(made.len() <= 1, "one request has put several tokens: {made:?}");
        for exchange in exchanges {
            let (answer, code) = (&exchange.answer, exchange.answer.error_code());
            match (exchange.method.as_str(), answer.status) {
                ("get" | "exchange", 200) => {
                    let key = partition(&self.app, &answer.text("access_token"));
                    let [(put, form)] = made[..] else { panic!("the token was not put: {exchange:?}") };
                    assert_eq!(*put, key);
                    assert!(exchange.began < form.since && form.since <= exchange.ended, "{form:?}: {exchange:?}");
                }
                ("revoke token", 200) => {
                    let key = exchange.token.as_deref().expect("a token");
                    assert!(!self.is_good_at(key, exchange.ended), "not revoked: {exchange:?}");
                }
                ("me", 200) | (_, 503) => {}
                (_, 403) if code == "APP_DISABLED" => {
                    assert!(self.met_disabled_app(actor), "no reason for {code}");
                }
                ("exchange", 400) | ("me", 403) => {
                    assert!(is_refused_for_its_token(answer), "{exchange:?}");
                    assert!(exchange.method == "me" || made.is_empty(), "{code}, and it has put a token: {made:?}");
                }
                other => panic!("{other:?} has no reason: {exchange:?}"),
            }
        }
    }
}
