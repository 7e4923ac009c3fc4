//! Azure Resource Graph: one query over all subscriptions, seconds to a minute behind. It shows what the caller may
//! read and is silent about the rest (azure.md §3.3), so nothing found is never "there is none".

use azure_core::http::Method;
use serde_json::json;

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
    models::resource_graph::{QueryResponse, Row},
};

/// Resource Graph's largest page.
const PAGE: u32 = 1000;
/// A fleet has one scale set of at most a thousand machines; more pages are no fleet's.
const MOST_PAGES: usize = 20;

/// Every row of a query from `assets/queries`; over all that the caller can read where no subscription is named.
pub async fn rows(arm: &Arm, task: Task<'_>, subscription: Option<&str>, query: &str) -> Result<Vec<Row>, AzureError> {
    let url = arm.url("/providers/Microsoft.ResourceGraph/resources", api::RESOURCE_GRAPH, &[]);
    let mut body = json!({"query": query, "options": {"$top": PAGE, "resultFormat": "objectArray"}});
    if let Some(subscription) = subscription {
        body["subscriptions"] = json!([subscription]);
    }
    let mut rows = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer: QueryResponse = arm.send(task, Method::Post, &url, Some(&body)).await?.json(task)?;
        rows.extend(answer.data.into_iter().flatten());
        match answer.skip_token.filter(|token| !token.is_empty()) {
            Some(token) => body["options"]["$skipToken"] = token.into(),
            None => return Ok(rows),
        }
    }
    Err(task.error(AzureErrorKind::Protocol, "the answer has no end"))
}

/// Text for the inside of a literal, which a quote would end.
pub fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_cannot_leave_a_query() {
        for hostile in ["' or true //", r"\' | project x", "it's", r"a\", "' | take 1 | where '' == '"] {
            let inside = literal(hostile);
            // As Kusto reads a literal: a backslash takes the next character along, a bare quote ends it.
            let (mut read, mut chars) = (String::new(), inside.chars());
            while let Some(c) = chars.next() {
                assert_ne!(c, '\'', "{hostile} ends its literal: {inside}");
                read.push(if c == '\\' { chars.next().expect("an escape is whole") } else { c });
            }
            assert_eq!(read, hostile);
        }
    }
}
