//! The fast picture: one Resource Graph query for machines, power and addresses. Seconds to a minute old, so it
//! never decides anything.

use azure_core::http::Method;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
    inventory::{Parts, assemble},
    models::resource_graph::{QueryResponse, Row},
};
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Names,
    seen::Seen,
};

const QUERY: &str = include_str!("../../assets/queries/machines.kql");
/// Resource Graph's largest page.
const PAGE: u32 = 1000;
/// A fleet has one scale set of at most a thousand machines; more pages are no fleet's.
const MOST_PAGES: usize = 20;

pub async fn machines(arm: &Arm, names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
    let task = Task::new("query machines", &names.resource_group);
    // A quote in a name would end the literal.
    let scale_set = names.scale_set_id().replace('\\', "\\\\").replace('\'', "\\'");
    let query = QUERY.replace("{{scaleSetId}}", &scale_set);
    let url = arm.url("/providers/Microsoft.ResourceGraph/resources", api::RESOURCE_GRAPH, &[]);
    let mut options = json!({"$top": PAGE, "resultFormat": "objectArray"});
    let mut instances = Vec::new();
    for _ in 0..MOST_PAGES {
        let body = json!({"subscriptions": [names.subscription], "query": query, "options": options});
        let answer: QueryResponse = arm.send(task, Method::Post, &url, Some(&body)).await?.json(task)?;
        let at = OffsetDateTime::now_utc();
        instances.extend(answer.data.into_iter().flatten().filter_map(|row| instance(row, at)));
        match answer.skip_token.filter(|token| !token.is_empty()) {
            Some(token) => options["$skipToken"] = token.into(),
            None => {
                instances.sort_by(|a: &Instance, b| a.name.cmp(&b.name));
                return Ok(Seen::new(instances, at));
            }
        }
    }
    Err(task.error(AzureErrorKind::Protocol, "the answer has no end"))
}

fn instance(row: Row, at: OffsetDateTime) -> Option<Instance> {
    Some(assemble(Parts {
        id: row.id?,
        name: row.name?,
        tags: row.tags.unwrap_or_default(),
        size: row.size,
        power: Seen::new(row.power.as_deref().map_or(PowerState::Unknown, PowerState::from_code), at),
        provisioning: row.prov,
        principal: row.principal_id,
        address: row.public_ip,
        created: row.created,
        shows_entra_login: false,
    }))
}
