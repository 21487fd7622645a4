//! What can be asked of Pail: one file for each thing.

pub mod acl;
mod admission;
pub mod app;
mod context;
mod error;
pub mod object;

pub use context::Context;
pub use error::{Error, Need, Result};

use object::create::{CreateObject, Created};

/// The most rounds of a change that others keep overtaking.
const MOST_ROUNDS: u32 = 20;

/// What a request asks for, parsed.
pub enum Operation {
    /// Create an object.
    CreateObject(CreateObject),
}

/// What an operation came to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An object was created.
    Created(Created),
}

impl Operation {
    /// Runs the operation.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Answer> {
        match self {
            Self::CreateObject(create) => create.run(context).await.map(Answer::Created),
        }
    }
}
