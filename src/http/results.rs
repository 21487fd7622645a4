//! The answer to a query (contract, section 11).

use serde_json::{Value, json};

use super::response::Response;
use super::shown::shown;
use crate::operation::query::{Explained, Found, Queried};

/// Fills the response with what a query found.
pub fn write(queried: &Queried, response: &mut Response) {
    response.status_code = 200;
    let mut members = match &queried.found {
        Found::Count(name, count) => vec![format!("\"aggregations\":{}", json!({name.as_str(): count}))],
        Found::Page(hits, next) => {
            let results: Vec<String> = hits.iter().map(|hit| shown(&hit.read, hit.calculated_json())).collect();
            let page = format!("\"queryDescription\":\"WHERE ( 1 = 1 )\",\"results\":[{}]", results.join(","));
            let next = next.as_ref().map(|key| format!("\"nextPaginationKey\":{}", json!(key)));
            [Some(page), next].into_iter().flatten().collect()
        }
    };
    members.extend(queried.is_explained.then(|| format!("\"explain\":{}", explain(&queried.explained))));
    response.set_json("QueryResponse", &format!("{{{}}}", members.join(",")));
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
