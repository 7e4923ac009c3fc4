//! Azure Resource Graph: answers the exact queries in `assets/queries`, from a picture that lags behind.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    entra::Claims,
    machine_rows::{self, Row},
    met::BEHIND,
    wire::{Request, Response},
    world::World,
};

const MACHINES: &str = include_str!("../../assets/queries/machines.kql");
const MINE: &str = include_str!("../../assets/queries/mine.kql");
const API_VERSIONS: [&str; 4] = ["2021-03-01", "2022-10-01", "2023-03-01-preview", "2024-04-01"];
const PAGE: usize = 1000;
/// Requests a caller has in each window.
const QUOTA: u32 = 15;
const WINDOW: Duration = Duration::from_secs(5);
/// Owner, Contributor, Reader, and who may switch a VM on and off: others see no rows, and no refusal either.
const READERS: [&str; 4] = [
    super::account::OWNER,
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "40c5ff49-9181-41f8-ae61-143b0e78555e",
];

type Snapshot = (OffsetDateTime, Arc<Vec<Row>>);

#[derive(Default)]
pub struct ResourceGraph {
    /// Oldest first. The first may be older than the lag, all others are younger.
    snapshots: Mutex<VecDeque<Snapshot>>,
    /// Start of the current quota window, and requests in it.
    quota: Mutex<Option<(OffsetDateTime, u32)>>,
}

/// Whether a request to ARM is for Resource Graph.
pub fn is_query(request: &Request) -> bool {
    request.method == "POST" && request.path.eq_ignore_ascii_case("/providers/Microsoft.ResourceGraph/resources")
}

impl ResourceGraph {
    /// Keeps pictures of the machines, four to a lag, for as long as it is polled.
    pub async fn keep_snapshots(&self, world: &Arc<World>) {
        let lag = world.scenario.timings.resource_graph_lag;
        while !lag.is_zero() {
            let rows = machine_rows::collect(&world.state());
            self.remember(world.clock.now(), lag, rows);
            tokio::time::sleep(world.clock.real(lag / 4).max(Duration::from_millis(20))).await;
        }
    }

    fn remember(&self, now: OffsetDateTime, lag: Duration, rows: Vec<Row>) {
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        if snapshots.back().is_none_or(|(_, last)| **last != rows) {
            snapshots.push_back((now, Arc::new(rows)));
        }
        while snapshots.get(1).is_some_and(|(taken, _)| *taken <= now - lag) {
            snapshots.pop_front();
        }
    }

    /// The picture as it was one lag ago; nothing before the first.
    fn picture(&self, world: &World) -> Arc<Vec<Row>> {
        let lag = world.scenario.timings.resource_graph_lag;
        if lag.is_zero() {
            return Arc::new(machine_rows::collect(&world.state()));
        }
        let horizon = world.clock.now() - lag;
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = snapshots.iter().rev().find(|(taken, _)| *taken <= horizon);
        let rows = seen.map(|(_, rows)| rows.clone()).unwrap_or_default();
        let is_behind = snapshots.back().is_some_and(|(_, newest)| *newest != rows);
        drop(snapshots);
        if is_behind {
            world.state().meet(BEHIND);
        }
        rows
    }

    /// Answers a query of `caller`.
    pub fn handle(&self, world: &World, caller: &Claims, request: &Request) -> Response {
        match self.take_quota(world.clock.now()) {
            Some(left) => query(world, caller, request, &self.picture(world))
                .header("x-ms-user-quota-remaining", left.to_string())
                .header("x-ms-user-quota-resets-after", "00:00:05"),
            None => {
                let message = "Please provide below info when asking for support: the request was throttled.";
                let details = json!([{"code": "RateLimiting", "message": "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed."}]);
                let body = json!({"error": {"code": "RateLimiting", "message": message, "details": details}});
                let seconds = world.clock.real(WINDOW).as_secs_f64().ceil();
                Response::json(429, &body)
                    .header("retry-after", format!("{seconds:.0}"))
                    .header("x-ms-user-quota-remaining", "0")
                    .header("x-ms-user-quota-resets-after", "00:00:05")
            }
        }
    }

    /// What is left after this request; none if there was nothing left.
    fn take_quota(&self, now: OffsetDateTime) -> Option<u32> {
        let mut quota = self.quota.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, used) = quota.filter(|(start, _)| now - *start < WINDOW).unwrap_or((now, 0));
        *quota = Some((start, used.saturating_add(1)));
        QUOTA.checked_sub(used + 1)
    }
}

fn query(world: &World, caller: &Claims, request: &Request, picture: &[Row]) -> Response {
    match request.query("api-version") {
        None => {
            let message = "The api-version query parameter (?api-version=) is required for all requests.";
            return Response::error(400, "MissingApiVersionParameter", message);
        }
        Some(version) if !API_VERSIONS.contains(&version) => {
            let message = format!(
                "The api-version '{version}' is invalid. The supported versions are '{}'.",
                API_VERSIONS.join(",")
            );
            return Response::error(400, "InvalidApiVersionParameter", &message);
        }
        Some(_) => {}
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(asked) = body["query"].as_str().and_then(Asked::read) else {
        return invalid(
            "InvalidQuery",
            "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.",
        );
    };
    let own = world.state().account.subscription.clone();
    let named = body["subscriptions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let included = body["subscriptions"].is_null() || named.into_iter().any(|id| id.eq_ignore_ascii_case(&own));
    let rows: Vec<&Row> = picture
        .iter()
        .filter(|row| included && asked.fits(row))
        .filter(|row| world.allowed(&caller.object_id, &READERS, &row.id))
        .collect();

    let options = &body["options"];
    let top = options["$top"].as_u64().and_then(|top| usize::try_from(top).ok()).unwrap_or(PAGE).clamp(1, PAGE);
    let Some(start) = skip(&options["$skipToken"]) else {
        return invalid("InvalidSkipToken", "The skip token is invalid.");
    };
    let page: Vec<Value> = rows.iter().skip(start).take(top).map(|row| asked.project(&row.value)).collect();
    let mut answer = json!({
        "totalRecords": rows.len(),
        "count": page.len(),
        "data": page,
        "facets": [],
        "resultTruncated": "false",
    });
    if start + page.len() < rows.len() {
        answer["$skipToken"] = json!(STANDARD.encode(format!("skip={}", start + page.len())));
    }
    Response::json(200, &answer)
}

/// A query that is known here, with what it asks for.
enum Asked<'a> {
    /// The machines of this scale set.
    Fleet(&'a str),
    /// Machines of whoever this is, or that are called so.
    Whose(&'a str),
}

impl<'a> Asked<'a> {
    fn read(text: &'a str) -> Option<Self> {
        placeholder(MACHINES, text).map(Self::Fleet).or_else(|| placeholder(MINE, text).map(Self::Whose))
    }

    fn fits(&self, row: &Row) -> bool {
        match self {
            Self::Fleet(scale_set) => row.scale_set.eq_ignore_ascii_case(scale_set),
            Self::Whose(who) => {
                let is = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(who));
                let tags = &row.value["tags"];
                let tagged = ["claw-member", "claw-slug", "claw-email"].iter().any(|name| is(&tags[name]));
                tags["claw-member"].is_string() && (tagged || is(&row.value["name"]))
            }
        }
    }

    /// The columns that the query names.
    fn project(&self, row: &Value) -> Value {
        let mut row = row.clone();
        if let (Self::Whose(_), Some(columns)) = (self, row.as_object_mut()) {
            columns.retain(|name, _| name != "publicIp" && name != "fqdn");
        }
        row
    }
}

/// What stands in a query at the places of the template's `{{…}}`, if all the rest is the same.
fn placeholder<'a>(template: &str, text: &'a str) -> Option<&'a str> {
    let (template, text) = (template.trim(), text.trim());
    let (before, rest) = template.split_once("{{")?;
    let (name, _) = rest.split_once("}}")?;
    let value = text.strip_prefix(before)?.split(['\'', '\n']).next()?;
    (template.replace(&format!("{{{{{name}}}}}"), value) == text).then_some(value)
}

fn skip(token: &Value) -> Option<usize> {
    if token.is_null() {
        return Some(0);
    }
    let text = STANDARD.decode(token.as_str()?).ok()?;
    std::str::from_utf8(&text).ok()?.strip_prefix("skip=")?.parse().ok()
}

fn invalid(code: &str, message: &str) -> Response {
    let outer = "Please provide below info when asking for support: the query could not be run.";
    let details = json!([{"code": code, "message": message}]);
    Response::json(400, &json!({"error": {"code": "BadRequest", "message": outer, "details": details}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shipped_text_is_a_query() {
        let id = "/subscriptions/s/x";
        let text = MACHINES.replace("{{scaleSetId}}", id);
        assert_eq!(placeholder(MACHINES, &text), Some(id));
        assert_eq!(placeholder(MACHINES, text.trim()), Some(id));
        assert_eq!(placeholder(MACHINES, &text.replace("leftouter", "inner")), None);
        assert_eq!(placeholder(MACHINES, &MACHINES.replace("{{scaleSetId}}", "x' or '1' == '1")), None);
        assert_eq!(placeholder(MINE, &MINE.replace("{{who}}", "alice")), Some("alice"));
        assert_eq!(placeholder(MINE, &MINE.replacen("{{who}}", "alice", 1).replace("{{who}}", "bob")), None);
    }

    #[test]
    fn the_quota_refills_each_window() {
        let graph = ResourceGraph::default();
        let start = OffsetDateTime::UNIX_EPOCH;
        let left: Vec<_> = (0..16).map(|_| graph.take_quota(start)).collect();
        assert_eq!((left[0], left[14], left[15]), (Some(14), Some(0), None));
        assert_eq!(graph.take_quota(start + WINDOW), Some(14));
    }

    #[test]
    fn old_pictures_go_but_the_one_in_force_stays() {
        let graph = ResourceGraph::default();
        let lag = Duration::from_secs(30);
        let row = |n: usize| Row { id: n.to_string(), scale_set: String::new(), value: json!(n) };
        for n in 0..100 {
            graph.remember(OffsetDateTime::UNIX_EPOCH + Duration::from_secs(n * 10), lag, vec![row(n as usize)]);
        }
        let snapshots = graph.snapshots.lock().unwrap();
        let ids: Vec<&str> = snapshots.iter().map(|(_, rows)| rows[0].id.as_str()).collect();
        assert_eq!(ids, ["96", "97", "98", "99"]);
    }
}
