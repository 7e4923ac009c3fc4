//! The machines of a fleet: the fresh list, and one machine read now.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    addresses::{self, Addresses},
    api,
    arm::{Arm, absent_is_none},
    error::{AzureError, Task},
    models::{
        compute::{InstanceView, VirtualMachine},
        network::{NetworkInterface, PublicIpAddress},
        resource::GenericResource,
    },
};
use crate::fleet::{
    instance::{Instance, PowerState, tag},
    names::{Names, Slug},
    person::ObjectId,
    seen::Seen,
};

/// The VMs of the scale set. `$expand` is legal only together with this very `$filter`.
pub async fn list(arm: &Arm, names: &Names) -> Result<Seen<Vec<VirtualMachine>>, AzureError> {
    let task = Task::new("list machines", &names.resource_group);
    let filter = format!("'virtualMachineScaleSet/id' eq '{}'", names.scale_set_id());
    let path = format!("{}/providers/Microsoft.Compute/virtualMachines", names.group_id());
    let url = arm.url(&path, api::COMPUTE, &[("$filter", &filter), ("$expand", "instanceView")]);
    // No group or no scale set: no machines.
    let machines = absent_is_none(arm.list(task, url).await)?.unwrap_or_default();
    Ok(Seen::new(machines, OffsetDateTime::now_utc()))
}

/// The fresh list with addresses.
pub async fn fresh(arm: &Arm, names: &Names) -> Result<Seen<Vec<Instance>>, AzureError> {
    let (machines, addresses) = tokio::try_join!(list(arm, names), addresses::read(arm, names))?;
    Ok(join(machines, &addresses))
}

/// Puts VMs and addresses together.
pub fn join(machines: Seen<Vec<VirtualMachine>>, addresses: &Addresses) -> Seen<Vec<Instance>> {
    let at = machines.at;
    let instances = machines.value.into_iter().filter_map(|machine| {
        let address = first_interface(&machine).and_then(|nic| addresses.of_interface(nic)).map(str::to_owned);
        instance(machine, address, at)
    });
    let mut instances: Vec<Instance> = instances.collect();
    instances.sort_by(|a, b| a.name.cmp(&b.name));
    Seen::new(instances, at)
}

/// Reads a VM; `None` when it does not exist.
pub async fn read(
    arm: &Arm,
    task: Task<'_>,
    names: &Names,
    machine: &str,
) -> Result<Option<VirtualMachine>, AzureError> {
    arm.find(task, &arm.url(&names.machine_id(machine), api::COMPUTE, &[("$expand", "instanceView")])).await
}

/// One machine with its address.
pub async fn one(arm: &Arm, names: &Names, machine: &str) -> Result<Option<Instance>, AzureError> {
    let task = Task::new("read machine", machine);
    let Some(found) = read(arm, task, names, machine).await? else { return Ok(None) };
    let at = OffsetDateTime::now_utc();
    let address = match first_interface(&found) {
        Some(nic) => addresses::read_one(arm, task, nic).await?,
        None => None,
    };
    Ok(instance(found, address, at))
}

/// One machine without its address.
pub async fn alone(arm: &Arm, names: &Names, machine: &str) -> Result<Option<Instance>, AzureError> {
    let found = read(arm, Task::new("read machine", machine), names, machine).await?;
    Ok(found.and_then(|found| instance(found, None, OffsetDateTime::now_utc())))
}

/// The machine's address in the fleet's network.
pub async fn private_address(arm: &Arm, names: &Names, machine: &str) -> Result<Option<String>, AzureError> {
    let task = Task::new("read machine", machine);
    let Some(found) = read(arm, task, names, machine).await? else { return Ok(None) };
    let Some(nic) = first_interface(&found) else { return Ok(None) };
    let nic: Option<NetworkInterface> = arm.find(task, &arm.url(nic, api::NETWORK, &[])).await?;
    Ok(nic.and_then(|nic| nic.private_address().map(str::to_owned)))
}

/// The DNS name of the machine's public address; else that address, or the one in its own network.
pub async fn reached_at(arm: &Arm, names: &Names, machine: &str) -> Result<Option<String>, AzureError> {
    let task = Task::new("read DNS name", machine);
    let own = names.resource("Microsoft.Network/publicIPAddresses", &Names::part(machine, "ip"));
    let own: Option<PublicIpAddress> = arm.find(task, &arm.url(&own, api::NETWORK, &[])).await?;
    if let Some(name) = own.as_ref().and_then(PublicIpAddress::dns_name) {
        return Ok(Some(name.to_owned()));
    }
    // One that claw has not made calls its parts as it likes.
    let Some(found) = read(arm, task, names, machine).await? else { return Ok(None) };
    let Some(nic) = first_interface(&found) else { return Ok(None) };
    let nic: NetworkInterface = arm.find(task, &arm.url(nic, api::NETWORK, &[])).await?.unwrap_or_default();
    let public: Option<PublicIpAddress> = match nic.public_ip_id() {
        Some(id) => arm.find(task, &arm.url(id, api::NETWORK, &[])).await?,
        None => None,
    };
    let public = public.as_ref().and_then(|public| public.dns_name().or_else(|| public.address()));
    Ok(public.or_else(|| nic.private_address()).map(str::to_owned))
}

pub fn first_interface(machine: &VirtualMachine) -> Option<&str> {
    let profile = machine.properties.as_ref()?.network_profile.as_ref()?;
    profile.network_interfaces.as_ref()?.first()?.id.as_deref()
}

/// `None` for an element without id and name, which is no machine.
fn instance(machine: VirtualMachine, address: Option<String>, at: OffsetDateTime) -> Option<Instance> {
    let attached_disk = machine.attached_disk_id().map(str::to_owned);
    let properties = machine.properties.unwrap_or_default();
    let shows_entra_login = shows_entra_login(&machine.resources, properties.instance_view.as_ref());
    let power = properties.instance_view.as_ref().and_then(|view| view.power_code());
    Some(assemble(Parts {
        id: machine.id?,
        name: machine.name?,
        tags: machine.tags.unwrap_or_default(),
        size: properties.hardware_profile.and_then(|h| h.vm_size),
        power: Seen::new(power.map_or(PowerState::Unknown, PowerState::from_code), at),
        provisioning: properties.provisioning_state,
        principal: machine.identity.and_then(|i| i.principal_id),
        address,
        created: properties.time_created,
        shows_entra_login,
        attached_disk,
    }))
}

/// Extensions stand in the VM's `resources`, and once they have reported in its instance view.
fn shows_entra_login(resources: &Option<Vec<GenericResource>>, view: Option<&InstanceView>) -> bool {
    let children = resources.iter().flatten();
    let mut names = children.filter_map(|r| r.name.as_deref().or(r.id.as_deref())).map(|n| n.rsplit('/').next());
    let mut reported = view.iter().flat_map(|v| v.extensions.iter().flatten()).map(|e| e.name.as_deref());
    let is_it = |name: Option<&str>| name.is_some_and(|n| n.eq_ignore_ascii_case(Names::ENTRA_LOGIN));
    names.any(is_it) || reported.any(is_it)
}

/// What an [`Instance`] is made from, whichever service told it. Empty text is as good as none.
pub struct Parts {
    pub id: String,
    pub name: String,
    pub tags: std::collections::BTreeMap<String, String>,
    pub size: Option<String>,
    pub power: Seen<PowerState>,
    pub provisioning: Option<String>,
    pub principal: Option<String>,
    pub address: Option<String>,
    pub created: Option<String>,
    pub shows_entra_login: bool,
    pub attached_disk: Option<String>,
}

pub fn assemble(parts: Parts) -> Instance {
    let some = |text: Option<String>| text.filter(|t| !t.is_empty());
    let tagged = |name: &str| some(tag_of(&parts.tags, name).cloned());
    Instance {
        member: tagged(tag::MEMBER).map(|id| ObjectId::new(&id)),
        slug: tagged(tag::SLUG).and_then(|slug| Slug::from_text(&slug)),
        email: tagged(tag::EMAIL),
        vm_size: parts.size.unwrap_or_default(),
        power: parts.power,
        provisioning: parts.provisioning.unwrap_or_default(),
        principal_id: some(parts.principal).map(|id| ObjectId::new(&id)),
        public_ip: some(parts.address),
        dns_name: tagged(tag::DNS),
        host_key: tagged(tag::HOST_KEY),
        shows_entra_login: parts.shows_entra_login,
        attached_disk: some(parts.attached_disk),
        created: parts.created.and_then(|at| OffsetDateTime::parse(&at, &Rfc3339).ok()),
        name: parts.name,
        id: parts.id,
        tags: parts.tags,
    }
}

/// Tag names have no case in Azure.
pub fn tag_of<'a>(tags: &'a std::collections::BTreeMap<String, String>, name: &str) -> Option<&'a String> {
    tags.get(name).or_else(|| tags.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
