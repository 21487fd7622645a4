//! Apps: item and model, and their calls.

use aws_sdk_dynamodb::types::AttributeValue;

use super::failure::{Failure, Result, Unreadable};
use super::index_rules::{INDEXES, of_indexes, read_indexes};
use super::keys::{self, Item};
use super::read::unexpected;
use super::write::{Expected, Place, Write};
use super::{Session, Store, attribute};
use crate::model::app::{App, StoredAppKey};
use crate::model::client::{ClientId, StoredClient};
use crate::model::id::AppId;
use crate::model::issuer::Issuer;

const ENABLED: &str = "enabled";
const DISABLED: &str = "disabled";

/// The end of the year 9999 in milliseconds since 1970 UTC. Later times have no usual form (RFC 3339).
const END_OF_TIME: u64 = 253_402_300_799_999;

impl Session<'_> {
    /// Reads an app.
    pub async fn app(&mut self, app: &AppId) -> Result<Option<App>> {
        let (table, key) = (&self.store.tables.apps, keys::app(app));
        let item = self.get(table, &key).await?;
        item.as_ref().map(read_app).transpose().map_err(|error| Failure::unreadable(error, table, &key))
    }

    /// Reads all apps, in no particular order. It fails if one cannot be read.
    pub async fn apps(&mut self) -> Result<Vec<App>> {
        let (apps, unreadable) = self.readable_apps().await?;
        unreadable.into_iter().next().map_or(Ok(apps), Err)
    }

    /// Reads all apps, in no particular order, and why each of the others cannot be read.
    pub async fn readable_apps(&mut self) -> Result<(Vec<App>, Vec<Failure>)> {
        let Store { client, tables, .. } = self.store;
        let (mut apps, mut unreadable, mut start) = (Vec::new(), Vec::new(), None);
        loop {
            let scan = || {
                client
                    .scan()
                    .table_name(&tables.apps)
                    .set_exclusive_start_key(start.clone())
                    .consistent_read(true)
                    .send()
            };
            let page = self.call("Scan", scan).await?.result.map_err(|_| unexpected("Scan"))?;
            for item in page.items.unwrap_or_default() {
                match read_app(&item) {
                    Ok(app) => apps.push(app),
                    Err(error) => unreadable.push(Failure::unreadable(error, &tables.apps, &item)),
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok((apps, unreadable));
            }
        }
    }

    /// Stores an app that was read and changed, or a new one, which has no stamp.
    pub async fn put_app(&mut self, app: &App) -> Result<Write> {
        let Store { tables, .. } = self.store;
        let expected = app.stamp.as_ref().map_or(Expected::Absent, Expected::Live);
        let set = of_app(app).map_err(|error| Failure::fault(error.to_string()))?;
        let written = self
            .change(Place { table: &tables.apps, key: keys::app(&app.id), mark: keys::DROPPED }, set, expected)
            .await;
        self.store.apps.forget(&app.id, self.now());
        written
    }
}

/// The attributes of an app, without its key and stamp.
fn of_app(app: &App) -> std::result::Result<Item, serde_json::Error> {
    let keys = app.keys.iter().map(|key| {
        let created = attribute::number(key.created);
        AttributeValue::M(
            [("digest".to_owned(), attribute::bytes(&key.digest)), ("created".to_owned(), created)].into(),
        )
    });
    Ok(Item::from([
        ("status".to_owned(), attribute::text(if app.disabled { DISABLED } else { ENABLED })),
        ("keys".to_owned(), AttributeValue::L(keys.collect())),
        ("clients".to_owned(), AttributeValue::L(app.clients.iter().map(of_client).collect())),
        ("issuers".to_owned(), AttributeValue::S(serde_json::to_string(&app.issuers)?)),
        (INDEXES.to_owned(), of_indexes(&app.indexes)),
    ]))
}

fn of_client(client: &StoredClient) -> AttributeValue {
    let attributes = [
        ("id".to_owned(), attribute::text(client.id.as_str())),
        ("digest".to_owned(), attribute::bytes(&client.digest)),
        ("created".to_owned(), attribute::number(client.created)),
    ];
    AttributeValue::M(attributes.into())
}

/// Reads an app from its item.
pub(super) fn read_app(item: &Item) -> std::result::Result<App, Unreadable> {
    let stamp = Some(attribute::read_stamp(item)?);
    let id = AppId::parse(attribute::read_text(item, keys::APP)?);
    let disabled = match attribute::read_text(item, "status")? {
        ENABLED => false,
        DISABLED => true,
        _ => return Err(Unreadable { attribute: "status" }),
    };
    let keys = item.get("keys").and_then(|keys| keys.as_l().ok()).ok_or(Unreadable { attribute: "keys" })?;
    let keys: Option<Vec<StoredAppKey>> = keys.iter().map(read_app_key).collect();
    // Apps that were made before there were clients have none.
    let clients = item.get("clients").map_or(Some(Vec::new()), |clients| {
        clients.as_l().ok()?.iter().map(read_client).collect::<Option<Vec<StoredClient>>>()
    });
    let issuers: std::result::Result<Vec<Issuer>, _> = serde_json::from_str(attribute::read_text(item, "issuers")?);
    Ok(App {
        id: id.map_err(|_| Unreadable { attribute: keys::APP })?,
        disabled,
        keys: keys.ok_or(Unreadable { attribute: "keys" })?,
        clients: clients.ok_or(Unreadable { attribute: "clients" })?,
        issuers: issuers.map_err(|_| Unreadable { attribute: "issuers" })?,
        indexes: read_indexes(item)?,
        stamp,
    })
}

fn read_app_key(key: &AttributeValue) -> Option<StoredAppKey> {
    let key = key.as_m().ok()?;
    Some(StoredAppKey { digest: attribute::read_digest(key, "digest").ok()?, created: read_created(key)? })
}

fn read_client(client: &AttributeValue) -> Option<StoredClient> {
    let client = client.as_m().ok()?;
    let id = ClientId::parse(attribute::read_text(client, "id").ok()?).ok()?;
    Some(StoredClient { id, digest: attribute::read_digest(client, "digest").ok()?, created: read_created(client)? })
}

fn read_created(item: &Item) -> Option<u64> {
    attribute::read_number(item, "created").ok().filter(|created| *created <= END_OF_TIME)
}
