//! `pail app add-key` and `remove-key`.

use clap::{ArgGroup, Args};
use pail::auth::app_key::{self, AppKey};
use pail::model::app::StoredAppKey;
use serde_json::json;

use super::{Named, Printed, parse_key, remove, reported, with_key};
use crate::changes::{change_app, new_key, stored_key};
use crate::connection::Installation;
use crate::output::Failure;

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

impl AddKey {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app;
        let given = self.key.is_some();
        let key = self.key.map_or_else(|| new_key(installation), Ok)?;
        let new = stored_key(installation, &key);
        let added = change_app(installation, &id, |app| {
            if app_key::is_any_of(&key, &app.keys) {
                return (false, false);
            }
            app.keys.push(new.clone());
            (true, true)
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

impl RemoveKey {
    pub async fn run(self, installation: &Installation) -> Result<Printed, Failure> {
        let id = self.named.app;
        let given = self.key.map(|key| StoredAppKey::id_of(&key.digest()));
        let key_id = self.key_id.or(given).unwrap_or_default();
        let removed = change_app(installation, &id, |app| reported(remove(&mut app.keys, |key| key.id() == key_id)));
        let changed = removed.await?;
        let text = if changed {
            format!("The key {key_id} of the app {id} is good no longer.")
        } else {
            format!("The app {id} has no key {key_id}; `pail app show --app {id}` lists those that it has.")
        };
        Ok((text, json!({"appID": id.as_str(), "keyID": key_id, "changed": changed})))
    }
}
