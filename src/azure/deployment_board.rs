//! One list call serves everybody who waits for a deployment: polling costs the same for one machine as for a hundred.

use std::{collections::HashMap, sync::Arc, time::Duration};

use azure_core::http::{Method, Url};
use serde::Deserialize;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
    models::deployment::DeploymentExtended,
    operation::delay_of,
};
use crate::fleet::names::Names;

/// The deployments of one resource group as last listed.
#[derive(Clone, Debug)]
pub struct Board {
    url: Url,
    latest: Arc<Mutex<Option<Listing>>>,
}

/// A list and when it was asked for: what was put after that moment is not in it.
#[derive(Clone, Debug)]
pub struct Listing {
    pub asked_at: Instant,
    next: Duration,
    deployments: Arc<HashMap<String, DeploymentExtended>>,
}

impl Listing {
    pub fn get(&self, name: &str) -> Option<&DeploymentExtended> {
        self.deployments.get(&name.to_ascii_lowercase())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    value: Vec<DeploymentExtended>,
    next_link: Option<String>,
}

/// Azure keeps 800 deployments a group; a list of more pages than this is no list of them.
const MOST_PAGES: usize = 800;

impl Board {
    pub fn new(arm: &Arm, names: &Names) -> Self {
        let path = format!("{}/providers/Microsoft.Resources/deployments", names.group_id());
        Self { url: arm.url(&path, api::RESOURCES, &[]), latest: Arc::default() }
    }

    /// A listing that was asked for after `after`. Whoever comes first asks for all; `delay` is the pause to keep
    /// when no listing has named one yet. Dropping the call lets the next in line ask.
    pub async fn after(&self, arm: &Arm, after: Instant, delay: Duration) -> Result<Listing, AzureError> {
        let mut latest = self.latest.lock().await;
        if let Some(listing) = latest.as_ref().filter(|l| l.asked_at > after) {
            return Ok(listing.clone());
        }
        let pause = latest.as_ref().map_or(delay, |listing| listing.next.min(delay));
        sleep_until(after + pause).await;
        let listing = self.ask(arm, delay).await?;
        *latest = Some(listing.clone());
        Ok(listing)
    }

    async fn ask(&self, arm: &Arm, delay: Duration) -> Result<Listing, AzureError> {
        let task = Task::new("list deployments", "of the group");
        let asked_at = Instant::now();
        let (mut url, mut deployments, mut next) = (self.url.clone(), HashMap::new(), delay);
        for _ in 0..MOST_PAGES {
            let answer = arm.send(task, Method::Get, &url, None).await?;
            if super::retry_after::retry_after(&answer.headers).is_some() {
                next = delay_of(&answer.headers);
            }
            let page: Page = answer.json(task)?;
            let named = page.value.into_iter().filter_map(|d| Some((d.name.as_deref()?.to_ascii_lowercase(), d)));
            deployments.extend(named);
            match page.next_link.filter(|link| !link.is_empty()) {
                Some(link) => url = arm.rest().follow(task, &link)?,
                None => return Ok(Listing { asked_at, next, deployments: Arc::new(deployments) }),
            }
        }
        Err(task.error(AzureErrorKind::Protocol, "the list has no end"))
    }
}
