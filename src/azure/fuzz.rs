//! What Azure answers, as bytes (`crate::fuzz`).

use azure_core::http::headers::{HeaderName, Headers};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    access,
    addresses::Addresses,
    directory,
    error::Task,
    failure::from_answer,
    first_paint, inventory,
    models::{
        access::RoleAssignment,
        compute::{BootDiagnostics, VirtualMachine},
        deployment::{DeploymentExtended, DeploymentOperation},
        network::{NetworkInterface, PublicIpAddress},
        resource_graph::QueryResponse,
    },
    operation::{self, Ended},
    retry_after::retry_after,
};
use crate::fleet::seen::Seen;

/// More would be a message without an end in a note of one line.
const MESSAGE: usize = 64 * 1024;

fn list<T: DeserializeOwned>(body: &Value) -> Vec<T> {
    let items = body.get("value").and_then(Value::as_array);
    items.into_iter().flatten().filter_map(|item| T::deserialize(item).ok()).collect()
}

/// Lists, operations, deployments and errors of ARM, and Resource Graph's rows; the headers after them in the text.
pub fn arm(data: &[u8]) -> Result<(), String> {
    let task = Task::new("read", "an answer");
    let text = String::from_utf8_lossy(data);
    let mut headers = Headers::new();
    // Names are what HTTP allows before azure_core sees them.
    let on_the_wire = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    for (name, value) in text.lines().filter_map(|l| l.split_once(": ")).filter(|(name, _)| on_the_wire(name)) {
        headers.insert(HeaderName::from(name.to_ascii_lowercase()), value.to_owned());
    }
    if retry_after(&headers).is_some_and(|pause| pause.as_secs() > 24 * 3600) {
        return Err("a pause of more than a day".into());
    }
    for status in [200, 401, 404, 409, 429, 500] {
        let error = from_answer(task, status, &headers, data);
        let shown = format!("{error} {:?} {:?}", error.causes, error.remedy);
        if error.message.chars().any(char::is_control) || error.causes.iter().any(|c| c.chars().any(char::is_control)) {
            return Err(format!("control characters in {shown:?}"));
        }
        // Escaped bodies inside of bodies are followed a few steps and not for ever.
        if shown.len() > MESSAGE + 8 * data.len() {
            return Err(format!("{} bytes of error", shown.len()));
        }
    }
    let Ok(body) = serde_json::from_slice::<Value>(data) else { return Ok(()) };
    let addresses = Addresses::join(&list::<NetworkInterface>(&body), &list::<PublicIpAddress>(&body));
    let machines = Seen::new(list::<VirtualMachine>(&body), OffsetDateTime::UNIX_EPOCH);
    for machine in inventory::join(machines, &addresses).value {
        let _ = (machine.door(), machine.short().len());
    }
    let _: Vec<_> = list::<RoleAssignment>(&body).into_iter().filter_map(access::assignment).collect();
    for deployment in list::<DeploymentExtended>(&body) {
        let _ = (deployment.state(), deployment.correlation());
    }
    let _ = (list::<DeploymentOperation>(&body), serde_json::from_slice::<BootDiagnostics>(data).is_ok());
    let _ = operation::failed(task, Ended::Failed, None, &body);
    if let Ok(answer) = serde_json::from_slice::<QueryResponse>(data) {
        let _ = first_paint::instances(answer.data.unwrap_or_default());
    }
    Ok(())
}

/// People, groups and batches of Microsoft Graph.
pub fn graph(data: &[u8]) -> Result<(), String> {
    directory::read_any(data);
    Ok(())
}
