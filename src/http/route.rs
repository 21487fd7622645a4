//! What a request is about.

use super::call::{self, Call, Method};
use super::path::Path;
use super::refusal::{Refusal, Result};
use super::request::Request;
use super::resource::Kind;
use super::url::{PublicUrl, below};

/// What a request is about.
pub enum Route {
    /// A browser asks what it may do with a resource of this kind.
    Preflight(Kind),
    /// Something is to be done.
    Call(Call, &'static Method),
}

impl Route {
    /// Finds the route of a request. The shape of the path is checked first, then the method, then the IDs from left to
    /// right.
    pub fn find(request: &Request<'_>, public: Option<&PublicUrl>) -> Result<Self> {
        let path = Path::parse(below(request, public))?;
        if request.method == "OPTIONS" {
            return Ok(Self::Preflight(path.kind));
        }
        let method = method(request).and_then(|name| call::methods(path.kind).iter().find(|row| row.name == name));
        let method = method.ok_or(Refusal::MethodNotAllowed(path.kind))?;
        Ok(Self::Call((method.call)(&path)?, method))
    }

    /// Whether the request may change anything.
    pub fn writes(&self) -> bool {
        match self {
            Self::Preflight(_) => false,
            Self::Call(_, method) => method.writes,
        }
    }
}

/// The method that a request asks for, which `X-HTTP-Method-Override` may change on a POST.
fn method<'a>(request: &'a Request<'_>) -> Option<&'a str> {
    match (&*request.method, &request.headers.values("x-http-method-override")[..]) {
        ("POST", [name]) => {
            ["PUT", "PATCH", "DELETE"].into_iter().find(|known| name.trim().eq_ignore_ascii_case(known))
        }
        ("POST", [_, _, ..]) => None,
        (method, _) => Some(method),
    }
}
