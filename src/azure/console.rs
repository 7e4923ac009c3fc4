//! The serial console's text, by way of boot diagnostics.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request};
use tokio::time::Instant;
use url::Url;

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
    failure::{from_answer, from_core},
    models::compute::BootDiagnostics,
};
use crate::fleet::names::Names;

/// How long a link is good for, and how long it is used: following many consoles must not eat ARM's budget.
const LINK_MINUTES: &str = "10";
const LINK_USED: Duration = Duration::from_secs(300);

/// Reads consoles. Sends no token to where the links point: a SAS link is its own permission.
pub struct Consoles {
    blobs: Pipeline,
    /// What the hosts of Azure's storage end in; nothing is read from elsewhere.
    suffix: String,
    /// By lower-case machine id. Links are secrets.
    links: Mutex<HashMap<String, (Instant, Url)>>,
}

impl Consoles {
    /// `suffix` as in `blob.core.windows.net`.
    pub fn new(blobs: Pipeline, suffix: &str) -> Self {
        Self { blobs, suffix: format!(".{suffix}"), links: Mutex::default() }
    }

    pub async fn read(&self, arm: &Arm, names: &Names, machine: &str) -> Result<String, AzureError> {
        let task = Task::new("read console", machine);
        let id = names.machine_id(machine).to_ascii_lowercase();
        let known =
            self.links().get(&id).filter(|(since, _)| since.elapsed() < LINK_USED).map(|(_, link)| link.clone());
        if let Some(link) = known
            && let Ok(Some(text)) = self.fetch(task, link).await
        {
            return Ok(text);
        }
        self.forget(names, machine);
        let Some(link) = self.ask(arm, task, names, machine).await? else { return Ok(String::new()) };
        // The blob comes with the first boot.
        let Some(text) = self.fetch(task, link.clone()).await? else { return Ok(String::new()) };
        self.links().insert(id, (Instant::now(), link));
        Ok(text)
    }

    /// A machine of the same name made again has another console.
    pub fn forget(&self, names: &Names, machine: &str) {
        self.links().remove(&names.machine_id(machine).to_ascii_lowercase());
    }

    fn links(&self) -> MutexGuard<'_, HashMap<String, (Instant, Url)>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when the blob is not there.
    async fn fetch(&self, task: Task<'_>, link: Url) -> Result<Option<String>, AzureError> {
        let mut request = Request::new(link, Method::Get);
        request.insert_header("x-ms-version", "2021-12-02");
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let answer = self.blobs.send(&Context::new(), &mut request, Some(options)).await;
        let (status, headers, body) = answer.map_err(|error| from_core(task, &error))?.deconstruct();
        match u16::from(status) {
            200..300 => Ok(Some(String::from_utf8_lossy(&body).into_owned())),
            404 => Ok(None),
            status => Err(from_answer(task, status, &headers, &body)),
        }
    }

    async fn ask(&self, arm: &Arm, task: Task<'_>, names: &Names, machine: &str) -> Result<Option<Url>, AzureError> {
        let path = format!("{}/retrieveBootDiagnosticsData", names.machine_id(machine));
        let url = arm.url(&path, api::COMPUTE, &[("sasUriExpirationTimeInMinutes", LINK_MINUTES)]);
        let links: BootDiagnostics = arm.send(task, Method::Post, &url, None).await?.json(task)?;
        let Some(link) = links.serial_console_log_blob_uri else { return Ok(None) };
        let is_storage = |url: &Url| {
            url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|h| h.ends_with(&self.suffix))
        };
        let link = Url::parse(&link).ok().filter(is_storage);
        let wrong = || task.error(AzureErrorKind::Protocol, "the console's link leads to no storage of Azure's");
        link.map(Some).ok_or_else(wrong)
    }
}
