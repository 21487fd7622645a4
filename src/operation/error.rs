//! Why an operation gives no answer (contract, section 5). The edge adds what can be wrong with a request itself, and has
//! the one table from errors to status.

use crate::auth::verifier::Rejected;
use crate::model::id::AppId;
use crate::model::principal::Principal;
use crate::model::rights::Right;
use crate::store::Failure;

/// The result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The credentials are missing, malformed or wrong: nobody was authenticated.
    Unauthenticated,
    /// The caller is authenticated, and lacks a right.
    Denied {
        /// The app.
        app: AppId,
        /// The caller: see [`Principal::id`].
        principal: String,
        /// What the caller lacks.
        needs: Need,
    },
    /// The token is malformed, expired, forged, or of another app.
    WrongToken {
        /// The app of the path.
        app: AppId,
    },
    /// The app does not exist.
    AppNotFound {
        /// The app of the path.
        app: AppId,
    },
    /// The app is disabled.
    AppDisabled {
        /// The app of the path.
        app: AppId,
    },
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The store failed.
    Failed(Failure),
}

/// What a denied caller would need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A right.
    Right(Right),
    /// To be a user, for a path with `/users/me`.
    User,
}

impl Error {
    /// The caller lacks what the request needs.
    pub(super) fn denied(app: &AppId, caller: &Principal, needs: Need) -> Self {
        Self::Denied { app: app.clone(), principal: caller.id().to_owned(), needs }
    }

    /// The app rejected the credentials.
    pub(super) fn rejected(app: &AppId, rejected: Rejected) -> Self {
        match rejected {
            Rejected::Disabled => Self::AppDisabled { app: app.clone() },
            Rejected::WrongKey => Self::Unauthenticated,
            Rejected::WrongToken => Self::WrongToken { app: app.clone() },
        }
    }
}

/// The one place where failures of the store become errors of operations.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
