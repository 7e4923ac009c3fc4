//! The serial console's text, by way of boot diagnostics.

use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request};
use url::Url;

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
    failure::{from_answer, from_core},
    models::compute::BootDiagnostics,
};
use crate::fleet::names::Names;

/// The link is used at once.
const LINK_MINUTES: &str = "5";

/// `blobs` sends no token: the SAS link is the permission, and the host is not Azure Resource Manager's.
pub async fn read(arm: &Arm, blobs: &Pipeline, names: &Names, machine: &str) -> Result<String, AzureError> {
    let task = Task::new("read console", machine);
    let path = format!("{}/retrieveBootDiagnosticsData", names.machine_id(machine));
    let url = arm.url(&path, api::COMPUTE, &[("sasUriExpirationTimeInMinutes", LINK_MINUTES)]);
    let links: BootDiagnostics = arm.send(task, Method::Post, &url, None).await?.json(task)?;
    let Some(link) = links.serial_console_log_blob_uri else { return Ok(String::new()) };
    let link = Url::parse(&link).ok().filter(|url| url.scheme() == "https");
    let link = link.ok_or_else(|| task.error(AzureErrorKind::Protocol, "the console's link is no https URL"))?;
    let mut request = Request::new(link, Method::Get);
    request.insert_header("x-ms-version", "2021-12-02");
    let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
    let answer = blobs.send(&Context::new(), &mut request, Some(options)).await;
    let (status, headers, body) = answer.map_err(|error| from_core(task, &error))?.deconstruct();
    match u16::from(status) {
        200..300 => Ok(String::from_utf8_lossy(&body).into_owned()),
        // The blob comes with the first boot.
        404 => Ok(String::new()),
        status => Err(from_answer(task, status, &headers, &body)),
    }
}
