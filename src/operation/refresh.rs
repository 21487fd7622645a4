//! Refreshing the key sets of issuers that publish them at a URL: by the hourly event, and by an operator's command
//! (docs/logins.md). No request of a client waits for a URL.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::app::change_app;
use crate::auth::key_set::KeySet;
use crate::fetch::{DocumentUrl, Fetcher, Hosts};
use crate::model::app::App;
use crate::model::id::AppId;
use crate::model::issuer::KeySource;
use crate::store::{Failure, Session};

/// How many documents are fetched at once.
const AT_ONCE: usize = 8;

/// What a refresh may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// When it stops fetching.
    pub until: Instant,
    /// The app whose issuers are refreshed; `None` for all apps.
    pub app: Option<&'a AppId>,
    /// Whether issuers on this machine are fetched as well.
    pub loopback: bool,
}

/// What a refresh came to.
#[derive(Default)]
pub struct Refreshed {
    /// Issuers with a URL, each counted once for each app.
    pub issuers: usize,
    /// Those whose keys have changed.
    pub changed: usize,
    /// Those whose keys stay as they are, because their URL gave none.
    pub failed: Vec<Unrefreshed>,
    /// Why the store has failed, if it has.
    pub failures: Vec<Failure>,
}

/// An issuer whose keys could not be refreshed.
pub struct Unrefreshed {
    /// The app.
    pub app: AppId,
    /// The issuer.
    pub issuer: String,
    /// Why.
    pub why: String,
}

impl Refreshed {
    /// A refresh that failed before it began.
    pub fn failed(failure: Failure) -> Self {
        Self { failures: vec![failure], ..Self::default() }
    }

    /// Logs what the refresh came to, and before that each issuer and each failure.
    pub fn log(&self, took: Duration) {
        self.failures.iter().for_each(Failure::log);
        for Unrefreshed { app, issuer, why } in &self.failed {
            tracing::warn!(app = app.as_str(), issuer, cause = why, "the keys of an issuer were not refreshed");
        }
        tracing::info!(
            outcome = if self.failures.is_empty() { "refreshed" } else { "failed" },
            issuers = self.issuers,
            changed = self.changed,
            not_refreshed = self.failed.len(),
            milliseconds = took.as_secs_f64() * 1000.0,
            "refresh"
        );
    }
}

/// Fetches the key sets of all issuers that have a URL, and replaces those that have changed. A URL that gives no usable key
/// set changes nothing.
pub async fn refresh(store: &mut Session<'_>, fetcher: &Fetcher, limits: Limits<'_>) -> Refreshed {
    let mut refreshed = Refreshed::default();
    let apps = match apps(store, limits.app, &mut refreshed).await {
        Ok(apps) => apps,
        Err(failure) => {
            refreshed.failures.push(failure);
            return refreshed;
        }
    };
    let fetched = match store.random() {
        Ok(start) => fetch(fetcher, &apps, limits, start).await,
        Err(failure) => {
            refreshed.failures.push(failure);
            return refreshed;
        }
    };
    for app in &apps {
        let mut keys = HashMap::new();
        for issuer in &app.issuers {
            let Some(source) = &issuer.source else { continue };
            refreshed.issuers += 1;
            match fetched.get(source).cloned().unwrap_or_else(|| Err("there was no time left for it".to_owned())) {
                Ok(key_set) if key_set == issuer.key_set.get() => {}
                Ok(key_set) => drop(keys.insert((issuer.issuer.clone(), source.clone()), key_set)),
                Err(why) => {
                    let (app, issuer) = (app.id.clone(), issuer.issuer.clone());
                    refreshed.failed.push(Unrefreshed { app, issuer, why });
                }
            }
        }
        if keys.is_empty() {
            continue;
        }
        match change_app(store, &app.id, |app| replace(app, &keys)).await {
            Ok(changed) => refreshed.changed += changed.unwrap_or_default(),
            Err(failure) => refreshed.failures.push(failure),
        }
    }
    refreshed
}

/// The apps that are refreshed. One that cannot be read keeps nobody else from its turn.
async fn apps(store: &mut Session<'_>, only: Option<&AppId>, refreshed: &mut Refreshed) -> Result<Vec<App>, Failure> {
    match only {
        Some(id) => Ok(store.app(id).await?.into_iter().collect()),
        None => {
            let (apps, unreadable) = store.readable_apps().await?;
            refreshed.failures.extend(unreadable);
            Ok(apps)
        }
    }
}

/// The reduced key set of each source, or why there is none. Sources that there was no time for are missing. It begins with a
/// random one, so that slow ones do not always keep the same others from their turn.
async fn fetch(
    fetcher: &Fetcher,
    apps: &[App],
    limits: Limits<'_>,
    start: u128,
) -> HashMap<KeySource, Result<String, String>> {
    let mut sources: Vec<(KeySource, Hosts)> = Vec::new();
    for issuer in apps.iter().flat_map(|app| &app.issuers) {
        let known = |source: &KeySource| sources.iter().any(|(known, _)| known == source);
        if let Some(source) = issuer.source.as_ref().filter(|source| !known(source)) {
            let hosts = if limits.loopback { Hosts::of_issuer(&issuer.issuer) } else { Hosts::Public };
            sources.push((source.clone(), hosts));
        }
    }
    if !sources.is_empty() {
        let start = start % u128::try_from(sources.len()).unwrap_or(1);
        sources.rotate_left(usize::try_from(start).unwrap_or_default());
    }
    let (mut waiting, mut running, mut fetched) = (sources.into_iter(), JoinSet::new(), HashMap::new());
    loop {
        while running.len() < AT_ONCE {
            let Some((source, hosts)) = waiting.next() else { break };
            let fetcher = fetcher.clone();
            running.spawn(async move {
                let key_set = key_set(&fetcher, &source, hosts).await;
                (source, key_set)
            });
        }
        match timeout_at(limits.until, running.join_next()).await {
            Ok(Some(Ok((source, key_set)))) => drop(fetched.insert(source, key_set)),
            // A fetch that panicked is like one that there was no time for.
            Ok(Some(Err(_))) => {}
            Ok(None) | Err(_) => return fetched,
        }
    }
}

/// Fetches a key set, checks it, and reduces it to what is stored.
pub async fn key_set(fetcher: &Fetcher, source: &KeySource, hosts: Hosts) -> Result<String, String> {
    let url = DocumentUrl::parse(&source.url, hosts).map_err(|error| error.to_string())?;
    let text = fetcher.get(&url).await.map_err(|error| error.to_string())?;
    let key_set = KeySet::vet(&text, source.rsa).map_err(|error| error.to_string())?;
    match KeySet::parse(&key_set) {
        Ok(keys) if keys.has_secrets() => Err("it holds shared secrets, which everybody can read there".to_owned()),
        _ => Ok(key_set),
    }
}

/// Puts new keys in the place of those of an issuer, if its name and its source are still the same. Returns how many issuers
/// have changed.
fn replace(app: &mut App, keys: &HashMap<(String, KeySource), String>) -> (bool, usize) {
    let mut changed = 0;
    for issuer in &mut app.issuers {
        let key = issuer.source.clone().map(|source| (issuer.issuer.clone(), source));
        let Some(key_set) = key.and_then(|key| keys.get(&key)) else { continue };
        if key_set != issuer.key_set.get() && issuer.set_keys(key_set) {
            changed += 1;
        }
    }
    (changed > 0, changed)
}
