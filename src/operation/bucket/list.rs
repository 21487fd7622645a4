//! Listing the buckets of a scope.

use crate::model::address::ScopeAddress;
use crate::model::bucket::BucketPage;
use crate::model::id::BucketId;
use crate::model::rights::Right;
use crate::operation::context::Context;
use crate::operation::error::Result;

/// A request to list buckets.
pub struct ListBuckets {
    /// The scope.
    pub scope: ScopeAddress,
    /// The ID after which the page begins.
    pub after: Option<BucketId>,
}

/// The most buckets of a page.
const LARGEST_PAGE: usize = 200;

impl ListBuckets {
    /// Reads a page of the buckets of the scope.
    pub async fn run(self, context: &mut Context<'_>) -> Result<BucketPage> {
        let (_, scope) = context.admit_to_scope(&self.scope, Right::ListBuckets).await?;
        Ok(context.store.buckets(&scope, self.after.as_ref(), LARGEST_PAGE).await?)
    }
}
