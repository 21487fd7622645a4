//! Apps, as operators read and change them.

use super::change::{Change, Seen};
use super::{Session, Store, items, keys};
use crate::error::{Error, Result};
use crate::model::app::App;
use crate::model::id::AppId;

impl Session<'_> {
    /// The app, read consistently.
    pub async fn app(&mut self, app: &AppId) -> Result<Option<App>> {
        let Store { tables, .. } = self.store;
        let item = self.item(&tables.apps, keys::app(app)).await?;
        item.as_ref().map(items::read_app).transpose().map_err(|error| self.unreadable(&error))
    }

    /// All apps, in no particular order.
    pub async fn apps(&mut self) -> Result<Vec<App>> {
        let Store { client, tables, .. } = self.store;
        let (mut apps, mut start) = (Vec::new(), None);
        loop {
            let scan = || {
                client
                    .scan()
                    .table_name(&tables.apps)
                    .set_exclusive_start_key(start.clone())
                    .consistent_read(true)
                    .send()
            };
            let page = self.call("Scan", scan).await?.result.map_err(|_| Error::Internal)?;
            for item in page.items.unwrap_or_default() {
                apps.push(items::read_app(&item).map_err(|error| self.unreadable(&error))?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(apps);
            }
        }
    }

    /// Stores an app: a new one, or in the place of the one that was `seen`.
    pub async fn put_app(&mut self, app: &App, seen: Option<&App>) -> Result<Change> {
        let Store { tables, .. } = self.store;
        let seen = seen.map_or(Seen::Nothing, |seen| Seen::Item(&seen.writer, seen.version));
        let set = items::of_app(app).map_err(|_| Error::Internal)?;
        self.change(&tables.apps, keys::app(&app.id), set, seen).await
    }
}
