//! Changing an app, by an operator. Concurrent changes lose nothing, as with ACLs.

use crate::model::app::App;
use crate::model::id::AppId;
use crate::operation::MOST_ROUNDS;
use crate::store::failure::{Failure, Result};
use crate::store::write::Write;
use crate::store::{Cause, Session};

/// Changes an app. `change` edits a copy and returns whether there is anything to write, with a value that describes what
/// it did; it may be called several times. Returns the value of the change that was made, or `None` if there is no app.
pub async fn change_app<T>(
    store: &mut Session<'_>,
    id: &AppId,
    change: impl Fn(&mut App) -> (bool, T),
) -> Result<Option<T>> {
    for _ in 0..MOST_ROUNDS {
        let Some(mut app) = store.app(id).await? else { return Ok(None) };
        let (has_changed, value) = change(&mut app);
        if !has_changed || store.put_app(&app).await? == Write::Made {
            return Ok(Some(value));
        }
    }
    Err(Failure::Unavailable(Cause::of_conflicts()))
}
