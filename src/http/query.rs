//! The resource `…/buckets/{bucketID}/query`, and `GET` on a collection: a request becomes a query (contract, section 11).

use super::refusal::{Refusal, Result};
use super::request::Request;
use super::{media_type, messages};
use crate::model::address::BucketAddress;
use crate::model::json;
use crate::model::query::{InvalidQuery, Order, Query};
use crate::operation::query::{LARGEST_PAGE, QueryBucket};

/// The longest UTF-8 character, in bytes.
const LONGEST_CHARACTER: usize = 4;

/// The member, and the query parameter, that says where the page begins.
const PAGINATION_KEY: &str = "paginationKey";
/// The member, and the query parameter, that says how many hits a page has at most.
const LIMIT: &str = "bestEffortLimit";
const ORDER_BY: &str = "orderBy";
const DESCENDING: &str = "descending";

/// `POST`: a query as the body describes it.
pub fn post(request: &Request<'_>, address: BucketAddress) -> Result<QueryBucket> {
    media_type::query(&request.headers)?;
    let body = request.body_of(Query::MAXIMUM_CHARACTERS * LONGEST_CHARACTER, Refusal::QueryTooLarge)?;
    let text = json::text(&body).map_err(Refusal::InvalidJson)?;
    if text.chars().count() > Query::MAXIMUM_CHARACTERS {
        return Err(Refusal::QueryTooLarge);
    }
    let object = json::object(text).map_err(Refusal::InvalidJson)?;
    let member = |name: &str| {
        let member = object.members.iter().find(|member| member.name == name);
        member.map(|member| object.part(&member.value)).filter(|text| *text != "null")
    };
    let query = member("bucketQuery").filter(|text| text.starts_with('{')).ok_or(Refusal::InvalidInput {
        field: "bucketQuery",
        pattern: "it is an object, which may have clause, orderBy, descending and aggregations",
    })?;
    let query = Query::parse(query)?;
    let limit = member(LIMIT).map_or(Some(LARGEST_PAGE), |text| {
        let text = if text.starts_with('"') { json::string(text)? } else { text.into() };
        parse_limit(&text)
    });
    let limit = limit.ok_or_else(invalid_limit)?;
    let page = member(PAGINATION_KEY)
        .map(|text| {
            json::string(text).ok_or(Refusal::InvalidInput { field: PAGINATION_KEY, pattern: messages::PAGINATION_KEY })
        })
        .transpose()?;
    let explain = match member("explain") {
        None | Some("false" | "\"false\"") => false,
        Some("true" | "\"true\"") => true,
        Some(_) => return Err(Refusal::InvalidInput { field: "explain", pattern: BOOLEAN_PATTERN }),
    };
    if page.is_some() && query.count.is_some() {
        let what = "objects are counted at once, without a paginationKey";
        return Err(InvalidQuery { place: "aggregations".to_owned(), what }.into());
    }
    Ok(QueryBucket { address, query, limit, page: page.map(Into::into), explain })
}

/// `GET` on a collection: all objects, as the query parameters describe order and page.
pub fn get(request: &Request<'_>, address: BucketAddress) -> Result<QueryBucket> {
    let parameter = |name: &'static str, pattern| match &request.parameters(name)[..] {
        [] => Ok(None),
        [value] => Ok(Some(*value)),
        [_, _, ..] => Err(Refusal::InvalidInput { field: name, pattern }),
    };
    let descending = match parameter(DESCENDING, BOOLEAN_PATTERN)? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Refusal::InvalidInput { field: DESCENDING, pattern: BOOLEAN_PATTERN }),
    };
    let query = match parameter(ORDER_BY, "it is the name of one field")? {
        Some(name) => Query::all(Some(Order::by_field(name, descending))),
        None => Query::all(None),
    };
    let limit = parameter(LIMIT, LIMIT_PATTERN)?.map_or(Some(LARGEST_PAGE), parse_limit).ok_or_else(invalid_limit)?;
    let page = parameter(PAGINATION_KEY, messages::PAGINATION_KEY)?.map(str::to_owned);
    Ok(QueryBucket { address, query, limit, page, explain: false })
}

const BOOLEAN_PATTERN: &str = "it is true or false";
const LIMIT_PATTERN: &str = "it is a whole number, and a page has at most 200 objects";

fn invalid_limit() -> Refusal {
    Refusal::InvalidInput { field: LIMIT, pattern: LIMIT_PATTERN }
}

/// A whole number. One that is not from 1 to 200 stands for 200.
fn parse_limit(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| text.parse().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit)).unwrap_or(LARGEST_PAGE))
}
