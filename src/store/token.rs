//! Opaque tokens: item and model, and their calls (protocol: opaque tokens).

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;

use super::failure::{Failure, Result, Unreadable};
use super::keys::{self, Item};
use super::read::unexpected;
use super::{Session, Store, attribute};
use crate::auth::opaque_token::OpaqueToken;
use crate::auth::stored_token::{Basis, StoredToken};
use crate::model::client::ClientId;
use crate::model::creator::Creator;
use crate::model::id::{AppId, GroupId};
use crate::model::principal::Principal;

/// How long the item of a revoked token stays, in seconds: an hour. A late attempt of the put that issued the token finds
/// the item; DynamoDB makes none after 15 minutes, and clocks may differ.
const REVOKED_SECONDS: u64 = 60 * 60;

impl Session<'_> {
    /// Reads what is stored of a token.
    pub async fn token(&mut self, app: &AppId, token: &OpaqueToken) -> Result<Option<StoredToken>> {
        let (table, key) = (&self.store.tables.objects, keys::token(app, &token.digest()));
        let item = self.get(table, &key).await?;
        item.as_ref().map(read_token).transpose().map_err(|error| Failure::unreadable(error, table, &key))
    }

    /// Stores a new token. The token is fresh, so that a failed condition can only mean that an earlier attempt has taken
    /// effect (protocol, R1).
    pub async fn issue_token(&mut self, app: &AppId, token: &OpaqueToken, stored: &StoredToken) -> Result<()> {
        let Store { client, tables, .. } = self.store;
        let mut item = keys::token(app, &token.digest());
        item.extend(of_token(stored));
        let put = || {
            client
                .put_item()
                .table_name(&tables.objects)
                .set_item(Some(item.clone()))
                .condition_expression("attribute_not_exists(pk)")
                .send()
        };
        match self.call("PutItem", put).await?.result {
            Ok(_) | Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(_) => Err(unexpected("PutItem")),
        }
    }

    /// Revokes a token. The item stays for an hour, so that a late attempt of its put cannot bring the token back. Returns
    /// false if there is no such token.
    pub async fn revoke_token(&mut self, app: &AppId, token: &OpaqueToken) -> Result<bool> {
        let Store { client, tables, .. } = self.store;
        let (key, now) = (keys::token(app, &token.digest()), self.now().wall);
        let update = || {
            client
                .update_item()
                .table_name(&tables.objects)
                .set_key(Some(key.clone()))
                .update_expression("SET #revoked = :now, #expires = :expires")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_names("#revoked", REVOKED)
                .expression_attribute_names("#expires", keys::EXPIRES)
                .expression_attribute_values(":now", attribute::number(now.milliseconds()))
                .expression_attribute_values(":expires", attribute::number(now.seconds() + REVOKED_SECONDS))
                .send()
        };
        match self.call("UpdateItem", update).await?.result {
            Ok(_) => Ok(true),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(_) => Err(unexpected("UpdateItem")),
        }
    }
}

const REVOKED: &str = "revoked";

/// The attributes of a token, without its key.
fn of_token(token: &StoredToken) -> Item {
    let mut item = Item::from([
        ("bearer".to_owned(), attribute::text(&token.bearer.creator().to_string())),
        ("created".to_owned(), attribute::number(token.created)),
        (keys::EXPIRES.to_owned(), attribute::number(token.expires)),
    ]);
    let groups = groups_of(&token.bearer);
    if !groups.is_empty() {
        let groups = groups.iter().map(|group| attribute::text(group.as_str()));
        item.insert("groups".to_owned(), AttributeValue::L(groups.collect()));
    }
    let (name, basis) = match &token.basis {
        Basis::Client(id, secret) => {
            item.insert("client_digest".to_owned(), attribute::bytes(secret));
            ("client", attribute::text(id.as_str()))
        }
        Basis::AppKey(digest) => ("app_key", attribute::bytes(digest)),
        Basis::Issuer(issuer) => ("issuer", attribute::text(issuer)),
    };
    item.insert(name.to_owned(), basis);
    item
}

fn groups_of(bearer: &Principal) -> &[GroupId] {
    match bearer {
        Principal::User { groups, .. } | Principal::Thing { groups, .. } => groups,
        Principal::Anonymous | Principal::Administrator { .. } | Principal::Operator => &[],
    }
}

/// Reads a token from its item.
pub(super) fn read_token(item: &Item) -> std::result::Result<StoredToken, Unreadable> {
    Ok(StoredToken {
        bearer: read_bearer(item)?,
        basis: read_basis(item)?,
        created: attribute::read_number(item, "created")?,
        expires: attribute::read_number(item, keys::EXPIRES)?,
        is_revoked: item.contains_key(REVOKED),
    })
}

fn read_bearer(item: &Item) -> std::result::Result<Principal, Unreadable> {
    let groups = read_groups(item).ok_or(Unreadable { attribute: "groups" })?;
    match attribute::read_text(item, "bearer")?.parse() {
        Ok(Creator::User(id)) => Ok(Principal::User { id, groups }),
        Ok(Creator::Thing(id)) => Ok(Principal::Thing { id, groups }),
        Ok(Creator::Anonymous) => Ok(Principal::Anonymous),
        Ok(Creator::Administrator(id)) => Ok(Principal::Administrator { id }),
        Ok(Creator::Operator) | Err(_) => Err(Unreadable { attribute: "bearer" }),
    }
}

fn read_groups(item: &Item) -> Option<Vec<GroupId>> {
    let Some(groups) = item.get("groups") else {
        return Some(Vec::new());
    };
    groups.as_l().ok()?.iter().map(|group| GroupId::parse(group.as_s().ok()?).ok()).collect()
}

fn read_basis(item: &Item) -> std::result::Result<Basis, Unreadable> {
    if item.contains_key("client") {
        let id = ClientId::parse(attribute::read_text(item, "client")?);
        let id = id.map_err(|_| Unreadable { attribute: "client" })?;
        return Ok(Basis::Client(id, attribute::read_digest(item, "client_digest")?));
    }
    if item.contains_key("app_key") {
        return attribute::read_digest(item, "app_key").map(Basis::AppKey);
    }
    attribute::read_text(item, "issuer").map(|issuer| Basis::Issuer(issuer.to_owned()))
}
