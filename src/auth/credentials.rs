//! Credentials as a request carries them, not yet verified.

use super::app_key::AppKey;

/// What a caller presents. It has no `Debug`, as it is secret.
pub enum Credentials {
    /// A key of the app.
    AppKey(AppKey),
    /// A token, in whatever form.
    Token(String),
    /// None: access to the tables themselves, which the command line has. Nothing that a request carries becomes this.
    Operator,
}
