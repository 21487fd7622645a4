//! What can be asked of Pail: one file for each thing.

pub mod acl;
mod admission;
pub mod app;
mod context;
mod error;
pub mod object;

pub use context::Context;
pub use error::{Error, Need, Result, Subject};

use crate::model::stamp::Version;
use object::create::{CreateObject, Created};
use object::delete::DeleteObject;
use object::get::{GetObject, Read};
use object::patch::{PatchObject, Patched};
use object::put::{Put, PutObject};

/// The most rounds of a change that others keep overtaking.
const MOST_ROUNDS: u32 = 20;

/// What a request asks for, parsed.
pub enum Operation {
    /// Create an object.
    CreateObject(CreateObject),
    /// Read an object.
    GetObject(GetObject),
    /// Create or replace an object of a given ID.
    PutObject(PutObject),
    /// Change an object.
    PatchObject(PatchObject),
    /// Delete an object.
    DeleteObject(DeleteObject),
}

/// What an operation came to.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An object was created.
    Created(Created),
    /// An object was read.
    Read(Read),
    /// The client has the object in this version already.
    Unmodified(Version),
    /// An object was created or replaced.
    Put(Put),
    /// An object was changed.
    Patched(Patched),
    /// An object was deleted.
    Deleted,
}

impl Operation {
    /// Runs the operation.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Answer> {
        match self {
            Self::CreateObject(create) => create.run(context).await.map(Answer::Created),
            Self::GetObject(get) => {
                get.run(context).await.map(|read| read.map_or_else(Answer::Unmodified, Answer::Read))
            }
            Self::PutObject(put) => put.run(context).await.map(Answer::Put),
            Self::PatchObject(patch) => patch.run(context).await.map(Answer::Patched),
            Self::DeleteObject(delete) => delete.run(context).await.map(|()| Answer::Deleted),
        }
    }
}
