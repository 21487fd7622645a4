//! Finds the key set of an issuer: in its discovery document, at a URL, or in a file.

use std::path::Path;

use pail::auth::key_set::KeySet;
use pail::fetch::{DocumentUrl, Fetcher, Hosts};
use pail::model::issuer::{KeySource, RsaAlgorithm};
use pail::operation::refresh;
use serde::Deserialize;

use crate::output::{Failure, standard_input};

/// A key set, reduced to what is stored, and where it comes from if it can be fetched again.
pub type Found = (String, Option<KeySource>);

/// What is read of a discovery document (OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// The key set of an issuer, which `jwks` names by a URL, a file or `-`; without it, it is found by discovery.
pub async fn key_set(issuer: &str, jwks: Option<&str>, rsa: RsaAlgorithm) -> Result<Found, Failure> {
    let hosts = Hosts::of_issuer(issuer);
    if let Some(file) = jwks.filter(|text| !is_url(text)) {
        let key_set = KeySet::vet(&read(file)?, rsa);
        let key_set = key_set.map_err(|error| Failure(format!("{} cannot be used: {error}", name(file))))?;
        return Ok((key_set, None));
    }
    let fetcher = Fetcher::new().map_err(Failure::new)?;
    let url = match jwks {
        Some(url) => url.to_owned(),
        None => discover(&fetcher, issuer, hosts).await?,
    };
    let source = KeySource { url, rsa };
    let key_set = refresh::key_set(&fetcher, &source, hosts).await;
    let key_set = key_set.map_err(|why| Failure(format!("the key set at {} cannot be used: {why}", source.url)))?;
    Ok((key_set, Some(source)))
}

fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// The URL of the key set in the discovery document of an issuer.
async fn discover(fetcher: &Fetcher, issuer: &str, hosts: Hosts) -> Result<String, Failure> {
    if !is_url(issuer) {
        return Err(Failure(format!("{issuer} is no URL, so that its keys cannot be found: name them with --jwks")));
    }
    let mut tried = Vec::new();
    for url in documents(issuer) {
        match document(fetcher, &url, hosts).await {
            Ok(found) if found.issuer == issuer => return check(found.jwks_uri, &url, hosts),
            Ok(found) => {
                return Err(Failure(format!(
                    "the discovery document at {url} is of the issuer {}, not of {issuer}: an issuer is the iss of its \
                     tokens, to the letter",
                    found.issuer
                )));
            }
            Err(why) => tried.push(format!("{url}: {why}")),
        }
    }
    Err(Failure(format!(
        "the issuer {issuer} has no discovery document ({}): name its key set with --jwks",
        tried.join("; ")
    )))
}

/// Where discovery documents are: behind the issuer's path, and for RFC 8414 before it.
fn documents(issuer: &str) -> [String; 2] {
    let issuer = issuer.trim_end_matches('/');
    let origin_end = issuer.find("://").map_or(0, |at| at + 3);
    let path_at = issuer.get(origin_end..).and_then(|rest| rest.find('/')).map_or(issuer.len(), |at| origin_end + at);
    let (origin, path) = issuer.split_at_checked(path_at).unwrap_or((issuer, ""));
    [
        format!("{issuer}/.well-known/openid-configuration"),
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
    ]
}

async fn document(fetcher: &Fetcher, url: &str, hosts: Hosts) -> Result<Discovery, String> {
    let url = DocumentUrl::parse(url, hosts).map_err(|error| error.to_string())?;
    let text = fetcher.get(&url).await.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|_| "it is no JSON object with issuer and jwks_uri".to_owned())
}

/// A key set is fetched every hour, so its URL has to be one that is fetched.
fn check(jwks_uri: String, document: &str, hosts: Hosts) -> Result<String, Failure> {
    match DocumentUrl::parse(&jwks_uri, hosts) {
        Ok(_) => Ok(jwks_uri),
        Err(error) => Err(Failure(format!("the jwks_uri {jwks_uri} in {document} is refused: {error}"))),
    }
}

fn read(file: &str) -> Result<String, Failure> {
    if file == "-" {
        return standard_input();
    }
    std::fs::read_to_string(Path::new(file)).map_err(|error| Failure(format!("{file} cannot be read: {error}")))
}

fn name(file: &str) -> String {
    if file == "-" { "standard input".to_owned() } else { file.to_owned() }
}
