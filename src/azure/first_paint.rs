//! The fast picture: one Resource Graph query for machines, power and addresses. Seconds to a minute old, so it
//! never decides anything.

use time::OffsetDateTime;

use super::{
    arm::Arm,
    error::{AzureError, Task},
    inventory::{Parts, assemble},
    models::resource_graph::Row,
    resource_graph::{literal, rows},
};
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Names,
    seen::Seen,
};

const MACHINES: &str = include_str!("../../assets/queries/machines.kql");
const MINE: &str = include_str!("../../assets/queries/mine.kql");

/// The machines of a fleet.
pub async fn machines(arm: &Arm, names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
    let task = Task::new("query machines", &names.resource_group);
    let query = MACHINES.replace("{{scaleSetId}}", &literal(&names.scale_set_id()));
    Ok(instances(rows(arm, task, Some(&names.subscription), &query).await?))
}

/// Machines of any fleet that have `who` in their tags (object ID, slug or e-mail) or are called so, wherever the
/// caller can read. Without addresses: a member may read their VM and not its network card.
pub async fn whose(arm: &Arm, who: &str) -> Result<Seen<Vec<Instance>>, AzureError> {
    let task = Task::new("look for", "the machine in Azure");
    Ok(instances(rows(arm, task, None, &MINE.replace("{{who}}", &literal(who))).await?))
}

pub(super) fn instances(rows: Vec<Row>) -> Seen<Vec<Instance>> {
    let at = OffsetDateTime::now_utc();
    let mut instances: Vec<Instance> = rows.into_iter().filter_map(|row| instance(row, at)).collect();
    instances.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    Seen::new(instances, at)
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
        attached_disk: None,
    }))
}
