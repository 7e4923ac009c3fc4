//! Azure Resource Manager: requests by resource id, pages, and what most verbs need.

use azure_core::http::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::{
    error::{AzureError, AzureErrorKind, Task},
    rest::{Answer, Rest},
};

/// ARM of one cloud. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Arm {
    rest: Rest,
}

/// A page of a list; `nextLink` is opaque.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    value: Vec<T>,
    next_link: Option<String>,
}

/// A list that runs on for more pages than this is going in circles.
const MOST_PAGES: usize = 10_000;

impl Arm {
    pub fn new(rest: Rest) -> Self {
        Self { rest }
    }

    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// The URL of a resource id, with the API version first.
    pub fn url(&self, id: &str, version: &str, query: &[(&str, &str)]) -> Url {
        let mut all = vec![("api-version", version)];
        all.extend_from_slice(query);
        self.rest.url(id, &all)
    }

    pub async fn send(
        &self,
        task: Task<'_>,
        method: Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Answer, AzureError> {
        self.rest.send(task, method, url, body).await
    }

    pub async fn get<T: DeserializeOwned>(&self, task: Task<'_>, url: &Url) -> Result<T, AzureError> {
        self.send(task, Method::Get, url, None).await?.json(task)
    }

    /// `None` when it does not exist.
    pub async fn find<T: DeserializeOwned>(&self, task: Task<'_>, url: &Url) -> Result<Option<T>, AzureError> {
        absent_is_none(self.get(task, url).await)
    }

    /// Every page, in order.
    pub async fn list<T: DeserializeOwned>(&self, task: Task<'_>, url: Url) -> Result<Vec<T>, AzureError> {
        let (mut all, mut next) = (Vec::new(), url);
        for _ in 0..MOST_PAGES {
            let page: Page<T> = self.get(task, &next).await?;
            all.extend(page.value);
            match page.next_link.filter(|link| !link.is_empty()) {
                None => return Ok(all),
                Some(link) => next = self.rest.follow(task, &link)?,
            }
        }
        Err(task.error(AzureErrorKind::Protocol, "the list has no end"))
    }
}

/// Turns a 404 into `None`.
pub fn absent_is_none<T>(result: Result<T, AzureError>) -> Result<Option<T>, AzureError> {
    match result {
        Ok(value) => Ok(Some(value)),
        // A subscription that can't be seen is no proof that something is absent.
        Err(error) if error.kind == AzureErrorKind::NotFound && !error.has_code("SubscriptionNotFound") => Ok(None),
        Err(error) => Err(error),
    }
}
