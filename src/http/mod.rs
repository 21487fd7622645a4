//! The edge: an event of a gateway in, an answer out.

pub mod content_type;
pub mod event;
pub mod headers;
mod idempotency_key;
pub mod location;
mod request_log;
pub mod response;
pub mod route;

use std::time::Duration;

use tokio::time::Instant;

use crate::auth::claims::TokenRules;
use crate::auth::credentials::Credentials;
use crate::error::{Error, Result};
use crate::model::document::Document;
use crate::model::idempotency::Fingerprint;
use crate::operation::create_object::{CreateObject, Created};
use crate::sources::Sources;
use crate::store::{Session, Store};
use event::Request;
use location::PublicUrl;
use request_log::RequestLog;
use response::{Common, Response};
use route::CollectionPath;

/// What an installation sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The origin that may read answers in a browser, or `*` for any.
    pub allowed_origin: String,
    /// For how long an app or a bucket is not read again; 0: both are read with each request.
    pub keep: Duration,
    /// What is asked of every token.
    pub token_rules: TokenRules,
    /// The base URL that clients use, if it is not the gateway's.
    pub public_url: Option<PublicUrl>,
}

/// Answers events.
pub struct Handler {
    store: Store,
    settings: Settings,
    sources: Sources,
}

/// What is known of an invocation besides its event.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The runtime's name for it, used if the gateway gives none.
    pub id: String,
    /// How long until the runtime ends it.
    pub time_left: Duration,
    /// Whether it is the first of its sandbox.
    pub cold: bool,
}

/// What is kept of an invocation's time for the answer.
const TIME_TO_ANSWER: Duration = Duration::from_millis(300);
/// How long Lambda lets an invocation last, at most. One that seems to have longer has met a clock that was set.
const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);

impl Handler {
    /// A handler over a store.
    pub fn new(store: Store, settings: Settings, sources: Sources) -> Self {
        Self { store: store.keeping_for(settings.keep), settings, sources }
    }

    /// Answers one event, whatever it holds, before the invocation ends, and logs one line about it.
    pub async fn handle(&self, event: &str, invocation: Invocation) -> Response {
        let start = Instant::now();
        let deadline = start + invocation.time_left.min(LONGEST_INVOCATION).saturating_sub(TIME_TO_ANSWER);
        let mut log = RequestLog::new(&invocation);
        let request = Request::from_event(event);
        if let Some(id) = request.as_ref().ok().and_then(|request| request.request_id.as_deref()).and_then(header_value)
        {
            id.clone_into(&mut log.request_id);
        }
        let answer = match &request {
            Ok(request) => self.answer(request, deadline, &mut log).await,
            Err(error) => Err(error.clone()),
        };
        let common = self.common(&log.request_id);
        let response = match (&answer, &request) {
            (Ok(Answer::Created(created)), Ok(request)) => {
                let location = location::of_object(created, request, self.settings.public_url.as_ref());
                Response::created(created, location, common)
            }
            (Ok(_), _) => Response::preflight(common),
            (Err(error), _) => Response::error(error, common),
        };
        log.write(&answer, response.status_code, start.elapsed());
        response
    }

    /// The answer to what never became an event.
    pub fn refuse(&self, error: &Error, request_id: &str) -> Response {
        Response::error(error, self.common(request_id))
    }

    fn common<'a>(&'a self, request_id: &'a str) -> Common<'a> {
        Common { allowed_origin: &self.settings.allowed_origin, request_id }
    }

    /// The checks of the contract, in its order.
    async fn answer(&self, request: &Request<'_>, deadline: Instant, log: &mut RequestLog) -> Result<Answer> {
        let path = CollectionPath::parse(location::below(request, self.settings.public_url.as_ref()))?;
        match &*request.method {
            "OPTIONS" => return Ok(Answer::Preflight),
            "POST" if request.headers.values("x-http-method-override").is_empty() => {}
            _ => return Err(Error::MethodNotAllowed),
        }
        log.verb = "create_object";
        let address = path.address()?;
        log.app = address.app.to_string();
        log.scope = address.scope_kind();
        let credentials = Credentials::from_headers(&request.headers, &address.app)?;
        let key = idempotency_key::idempotency_key(&request.headers)?;
        let data_type = content_type::data_type(&request.headers, &address.app)?;
        let body = request.body()?;
        let document = Document::parse(&body)?;
        let key = key.map(|key| (key, Fingerprint::of(&data_type, &body)));
        let create = CreateObject { credentials, key, data_type, document, address };
        let mut session = Session::new(&self.store, &self.sources, deadline)?;
        let created = create.run(&mut session, self.settings.token_rules, self.sources.now()).await;
        log.spent = session.spent;
        created.map(Answer::Created)
    }
}

/// What a request came to.
pub enum Answer {
    /// A preflight was answered.
    Preflight,
    /// An object was created.
    Created(Created),
}

/// A text that can stand in a header as it is: visible ASCII, and not too long.
fn header_value(text: &str) -> Option<&str> {
    ((1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}
