//! `POST /v1.0/$batch`: twenty requests in one, each with its own status (azure.md §5).

use std::{collections::BTreeMap, time::Duration};

use azure_core::http::{Method, headers::Headers};
use futures::StreamExt;
use serde_json::{Value, json};

use super::user::sentence;
use crate::azure::{
    error::{AzureError, Task},
    limits::Limit,
    models::graph::{BatchItem, BatchResponse},
    rest::Rest,
    retry_after::retry_after,
    throttle::Throttle,
};

/// Graph's largest batch.
const BATCH: usize = 20;
/// Batches on their way at the same time.
const AT_ONCE: usize = 5;
/// Rounds for items that Graph throttled, or failed at, one by one.
const MOST_ROUNDS: u32 = 5;
/// When an item to be repeated names no pause.
const PAUSE: Duration = Duration::from_secs(2);
/// No item holds up the rest for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An item's answer, or why there is none.
pub type Answered = Result<BatchItem, String>;

/// Reads every URL (relative to `/v1.0`); one answer each, in the same order.
pub async fn read(graph: &Rest, throttle: &Throttle, task: Task<'_>, urls: &[String]) -> Vec<Answered> {
    let batches: Vec<_> = urls.chunks(BATCH).map(|chunk| read_batch(graph, throttle, task, chunk)).collect();
    futures::stream::iter(batches).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn read_batch(graph: &Rest, throttle: &Throttle, task: Task<'_>, urls: &[String]) -> Vec<Answered> {
    let mut answered: Vec<Option<Answered>> = vec![None; urls.len()];
    for round in 1..=MOST_ROUNDS {
        let open: Vec<usize> = (0..urls.len()).filter(|i| answered[*i].is_none()).collect();
        if open.is_empty() {
            break;
        }
        let mut answers = match ask(graph, task, urls, &open).await {
            Ok(answers) => answers,
            Err(error) => {
                open.iter().for_each(|i| answered[*i] = Some(Err(sentence(&error))));
                break;
            }
        };
        for index in open {
            match answers.remove(&index) {
                Some(item) if round < MOST_ROUNDS && is_passing(item.status) => hold(graph.host(), throttle, &item),
                Some(item) => answered[index] = Some(Ok(item)),
                None => answered[index] = Some(Err("the directory left it out of its answer".to_owned())),
            }
        }
    }
    answered.into_iter().map(|a| a.unwrap_or_else(|| Err("the directory is too busy".to_owned()))).collect()
}

/// Answers by index; Graph shuffles them.
async fn ask(
    graph: &Rest,
    task: Task<'_>,
    urls: &[String],
    open: &[usize],
) -> Result<BTreeMap<usize, BatchItem>, AzureError> {
    let requests: Vec<Value> =
        open.iter().map(|i| json!({"id": i.to_string(), "method": "GET", "url": urls[*i]})).collect();
    let url = graph.url("/v1.0/$batch", &[]);
    let answer = graph.send(task, Method::Post, &url, Some(&json!({"requests": requests}))).await?;
    let batch: BatchResponse = answer.json(task)?;
    let items =
        batch.responses.into_iter().flatten().filter_map(|item| Some((item.id.as_deref()?.parse().ok()?, item)));
    Ok(items.collect())
}

fn is_passing(status: Option<u16>) -> bool {
    matches!(status, Some(429 | 500 | 502 | 503 | 504))
}

/// Every request to Graph pauses, the other batches' too: its quota is one for the whole tenant and caller.
fn hold(host: &str, throttle: &Throttle, item: &BatchItem) {
    throttle.throttled(&[Limit::Host(host.to_owned())], pause_of(item));
}

/// How long an item asks to wait. Its headers are JSON, and azure_core ends on a name that could be none on a wire.
pub fn pause_of(item: &BatchItem) -> Duration {
    let mut headers = Headers::new();
    for (name, value) in item.headers.iter().flatten().filter(|(name, _)| name.is_ascii()) {
        headers.insert(name.to_ascii_lowercase(), value.clone());
    }
    retry_after(&headers).unwrap_or(PAUSE).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_throttled_item_holds_every_request_to_graph_as_long_as_it_asks() {
        for (value, seconds) in [("7", 7), ("soon", 2), ("86400", 60)] {
            let (throttle, start) = (Throttle::default(), Instant::now());
            let headers = BTreeMap::from([("Retry-After".to_owned(), value.to_owned())]);
            hold("h", &throttle, &BatchItem { status: Some(429), headers: Some(headers), ..BatchItem::default() });
            throttle.admit(&[Limit::Host("other".into())]).await;
            assert_eq!(start.elapsed(), Duration::ZERO);
            throttle.admit(&[Limit::Host("h".into())]).await;
            assert_eq!(start.elapsed().as_secs(), seconds, "{value}");
        }
    }
}
