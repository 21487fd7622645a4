//! The edge: an event of a gateway in, a response out.

pub mod acl;
mod answer;
mod bucket;
pub mod call;
pub mod cors;
pub mod credentials;
mod error_row;
pub mod event;
mod event_shape;
pub mod headers;
mod idempotency_key;
mod log;
pub mod media_type;
mod messages;
mod oauth;
mod object;
mod objects;
mod path;
pub mod precondition;
pub mod query;
pub mod refusal;
pub mod request;
pub mod resource;
pub mod response;
mod results;
pub mod route;
mod row;
pub mod shown;
pub mod url;

use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument;

use crate::auth::claims::TokenRules;
use crate::auth::credentials::Credentials;
use crate::model::acl_change::Change;
use crate::operation::acl::change::ChangeAcl;
use crate::operation::acl::get::{GetAcl, Part};
use crate::operation::bucket::drop::DropBucket;
use crate::operation::bucket::get::GetBucket;
use crate::operation::me::GetMe;
use crate::operation::{Context, Error, Operation};
use crate::store::{Session, Store};
use crate::system::System;
use answer::Outcome;
use call::Call;
use cors::AllowedOrigins;
use credentials::{challenge, credentials};
use headers::Headers;
use log::RequestLog;
use refusal::{Refusal, Result};
use request::Request;
use response::Response;
use route::Route;
use url::PublicUrl;

/// The settings of an installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origins whose pages may read answers in a browser.
    pub allowed_origins: AllowedOrigins,
    /// How long an app or a bucket may be used without being read again; 0 to read both with each request.
    pub keep: Duration,
    /// The most mebibytes of items that one request of somebody else than the administrator may read.
    pub scan_megabytes: u32,
    /// The rules for every token.
    pub token_rules: TokenRules,
    /// The base URL that clients use, if it is not the gateway's.
    pub public_url: Option<PublicUrl>,
}

/// Answers events.
pub struct Handler {
    store: Store,
    settings: Settings,
    system: System,
}

/// What is known of an invocation besides its event.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The runtime's ID, used if the gateway gives none.
    pub id: String,
    /// How long until the runtime ends the invocation.
    pub time_left: Duration,
    /// Whether it is the first of its execution environment.
    pub cold: bool,
}

/// The part of an invocation's time that is reserved for the answer.
const TIME_TO_ANSWER: Duration = Duration::from_millis(300);
/// The longest time that Lambda allows an invocation. More time left than this means that a clock was set.
const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);

impl Handler {
    /// A handler over a store.
    pub fn new(store: Store, settings: Settings, system: System) -> Self {
        Self { store: store.caching_for(settings.keep), settings, system }
    }

    /// Answers one event, whatever it holds, before the invocation ends, and logs one line about it.
    pub async fn handle(&self, event: &str, invocation: Invocation) -> Response {
        let start = Instant::now();
        let deadline = start + invocation.time_left.min(LONGEST_INVOCATION).saturating_sub(TIME_TO_ANSWER);
        let request = Request::from_event(event);
        let routed = match &request {
            Ok(request) => Route::find(request, self.settings.public_url.as_ref()).map(|route| (request, route)),
            Err(refusal) => Err(refusal.clone()),
        };
        let id = request.as_ref().ok().and_then(Request::id).unwrap_or(&invocation.id);
        let route = routed.as_ref().ok().map(|(_, route)| route);
        let writes = route.is_some_and(Route::writes);
        let (mut log, span) = (RequestLog::new(route, invocation.cold), log::span(id, route));
        let answered = async {
            let outcome = match routed {
                Ok((request, route)) => self.answer(request, route, deadline, &mut log).await,
                Err(refusal) => Err(refusal),
            };
            let mut response = self.respond(&outcome, writes, request.as_ref().ok(), id);
            if request.as_ref().is_ok_and(|request| request.method == "HEAD") {
                response.body.clear();
            }
            log.write(&outcome, response.status_code, start.elapsed());
            response
        };
        answered.instrument(span).await
    }

    /// The response to what never became an event.
    pub fn refuse(&self, refusal: Refusal, request_id: &str) -> Response {
        self.respond(&Err(refusal), false, None, request_id)
    }

    /// The checks of the contract, in its order.
    async fn answer<'a>(
        &self,
        request: &'a Request<'a>,
        route: Route,
        deadline: Instant,
        log: &mut RequestLog,
    ) -> Result<Outcome<'a>> {
        let call = match route {
            Route::Preflight(kind) => return Ok(Outcome::Preflight(kind)),
            Route::Call(call, _) => call,
        };
        let credentials = match call.scope() {
            Some(scope) => credentials(&request.headers, &scope.app)?,
            None => Credentials::Nobody,
        };
        let operation = operation(call, request)?;
        let mut context = Context {
            store: Session::new(&self.store, &self.system, deadline).map_err(Error::from)?,
            credentials,
            rules: self.settings.token_rules,
            scan_megabytes: self.settings.scan_megabytes,
            now: self.system.now(),
        };
        let answer = operation.run(&mut context).await;
        log.stats = context.store.stats();
        Ok(Outcome::Answer(answer?, request))
    }

    fn respond(
        &self,
        outcome: &Result<Outcome<'_>>,
        writes: bool,
        request: Option<&Request<'_>>,
        request_id: &str,
    ) -> Response {
        let none = Headers::default();
        let headers = request.map_or(&none, |request| &request.headers);
        let origin = headers.first("origin").map(|origin| &**origin);
        let mut response = Response::new(&self.settings.allowed_origins, origin, request_id);
        match outcome {
            Ok(Outcome::Preflight(kind)) => response.preflight(*kind, headers),
            Ok(Outcome::Answer(answer, request)) => {
                answer::write(answer, request, self.settings.public_url.as_ref(), &mut response);
            }
            Err(refusal) => response.refuse(refusal, writes, challenge(headers), request_id),
        }
        response
    }
}

/// The operation that a call asks for, with what its own header fields, its query and its body say.
fn operation(call: Call, request: &Request<'_>) -> Result<Operation> {
    let get_acl = |address, part| Ok(Operation::GetAcl(GetAcl { address, part }));
    let change_acl = |address, change| Ok(Operation::ChangeAcl(ChangeAcl { address, change }));
    match call {
        Call::CreateObject(bucket) => objects::create(request, bucket).map(Operation::CreateObject),
        Call::GetObject(at) => Ok(Operation::GetObject(object::get(request, at))),
        Call::PutObject(at) => object::put(request, at).map(Operation::PutObject),
        Call::PatchObject(at) => object::patch(request, at).map(Operation::PatchObject),
        Call::DeleteObject(at) => object::delete(request, at).map(Operation::DeleteObject),
        Call::Query(bucket) => query::post(request, bucket).map(|query| Operation::QueryBucket(Box::new(query))),
        Call::ListObjects(bucket) => query::get(request, bucket).map(|query| Operation::QueryBucket(Box::new(query))),
        Call::ListBuckets(scope) => bucket::list(request, scope).map(Operation::ListBuckets),
        Call::GetBucket(address) => Ok(Operation::GetBucket(GetBucket { address, count: true })),
        Call::HeadBucket(address) => Ok(Operation::GetBucket(GetBucket { address, count: false })),
        Call::PutBucket(address) => bucket::make(request, address).map(Operation::MakeBucket),
        Call::DropBucket(address) => Ok(Operation::DropBucket(DropBucket { address })),
        Call::GetAcl(address) => get_acl(address, Part::Whole),
        Call::PutAcl(address) => acl::replace(request, address).map(Operation::ChangeAcl),
        Call::GetAclVerb(address, verb) => get_acl(address, Part::Verb(verb)),
        Call::GetAclEntry(address, verb, subject) => get_acl(address, Part::Entry(verb, subject)),
        Call::Grant(address, verb, subject) => change_acl(address, Change::Grant(verb, subject)),
        Call::Revoke(address, verb, subject) => change_acl(address, Change::Revoke(verb, subject)),
        Call::GetMe(address) => Ok(Operation::GetMe(GetMe { address })),
        Call::IssueToken(app) => oauth::issue(request, app).map(Operation::IssueToken),
        Call::RevokeToken(app) => oauth::revoke(request, app).map(Operation::RevokeToken),
        Call::Describe => Ok(Operation::Describe),
    }
}
