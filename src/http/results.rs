//! The answer to a query (contract, section 11).

use serde_json::{Value, json};

use super::response::Response;
use super::shown::{USUAL_MEMBERS, push_shown};
use crate::operation::query::{Explained, Found, Hit, Queried};

/// Fills the response with what a query found.
pub fn write(queried: &Queried, response: &mut Response) {
    response.status_code = 200;
    let mut body = match &queried.found {
        Found::Count(name, count) => format!("{{\"aggregations\":{}", json!({name.as_str(): count})),
        Found::Page(hits, next) => page(hits, next.as_deref()),
    };
    if queried.is_explained {
        body.push_str(&format!(",\"explain\":{}", explain(&queried.explained)));
    }
    body.push('}');
    response.set_json("QueryResponse", body);
}

/// The members of a page, after an opening brace. The text is written once, as it may have some megabytes.
fn page(hits: &[Hit], next: Option<&str>) -> String {
    let size: usize = hits.iter().map(|hit| hit.read.object.content.as_str().len() + USUAL_MEMBERS).sum();
    let mut body = String::with_capacity(size + USUAL_MEMBERS);
    body.push_str("{\"queryDescription\":\"WHERE ( 1 = 1 )\",\"results\":[");
    for (number, hit) in hits.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        push_shown(&mut body, &hit.read, hit.calculated_json());
    }
    body.push(']');
    if let Some(next) = next {
        body.push_str(&format!(",\"nextPaginationKey\":{}", json!(next)));
    }
    body
}

fn explain(explained: &Explained) -> Value {
    let Explained { plan, stats, milliseconds } = explained;
    json!({
        "plan": plan,
        "itemsRead": stats.items,
        "entriesRead": stats.entries,
        "readUnits": stats.units,
        "storageCalls": stats.calls,
        "milliseconds": milliseconds,
    })
}
