//! Who is in a group of the directory, directly or through other groups (azure.md §5).

use azure_core::http::Method;
use serde::Deserialize;
use url::Url;

use super::{
    error::{AzureError, AzureErrorKind, Task},
    models::graph::User,
    rest::Rest,
};
use crate::fleet::person::{ObjectId, Person, Resolution};

/// A thousand members are two pages.
const MOST_PAGES: usize = 20;

#[derive(Deserialize)]
struct Page<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
}

/// The address and the state of each user in the group; a sentence when that can't be told.
pub async fn members(graph: &Rest, group: &str) -> Result<Vec<(String, Resolution)>, AzureError> {
    let task = Task::new("look up group", group);
    let id = find(graph, task, group).await?;
    let query =
        [("$select", "id,userPrincipalName,mail,displayName,accountEnabled"), ("$top", "999"), ("$count", "true")];
    let url = graph.url(&format!("/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user"), &query);
    let users: Vec<User> = list(graph, task, url).await?;
    users.into_iter().map(|user| read(task, user)).collect()
}

async fn find(graph: &Rest, task: Task<'_>, group: &str) -> Result<String, AzureError> {
    if group.parse::<uuid::Uuid>().is_ok() {
        return Ok(group.to_owned());
    }
    let filter = format!("displayName eq '{}'", group.replace('\'', "''"));
    let url = graph.url("/v1.0/groups", &[("$filter", &filter), ("$select", "id,displayName")]);
    let found: Vec<Group> = list(graph, task, url).await?;
    match found.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(task
            .error(AzureErrorKind::NotFound, "no group has this name")
            .with_remedy("check the spelling, or write the group's object ID")),
        many => {
            let ids: Vec<&str> = many.iter().map(|g| g.id.as_str()).collect();
            Err(task
                .error(AzureErrorKind::Conflict, format!("{} groups have this name: {}", many.len(), ids.join(", ")))
                .with_remedy("write one of these object IDs instead"))
        }
    }
}

async fn list<T: serde::de::DeserializeOwned>(graph: &Rest, task: Task<'_>, url: Url) -> Result<Vec<T>, AzureError> {
    let (mut all, mut next) = (Vec::new(), url);
    for _ in 0..MOST_PAGES {
        let page: Page<T> = graph.send(task, Method::Get, &next, None).await?.json(task)?;
        all.extend(page.value);
        match page.next {
            Some(link) => next = graph.follow(task, &link)?,
            None => return Ok(all),
        }
    }
    Err(task.error(AzureErrorKind::Protocol, "the group has no end"))
}

fn read(task: Task<'_>, user: User) -> Result<(String, Resolution), AzureError> {
    let (Some(id), Some(upn)) = (user.id.filter(|id| !id.is_empty()), user.user_principal_name) else {
        return Err(task
            .error(AzureErrorKind::Forbidden, "the group hides who is in it")
            .with_remedy("ask for GroupMember.Read.All and User.Read.All, or name the members one by one"));
    };
    let email = user.mail.filter(|mail| !mail.is_empty()).unwrap_or_else(|| upn.clone());
    let display_name = user.display_name.unwrap_or_default();
    let person = Person { object_id: ObjectId::new(&id), user_principal_name: upn, display_name };
    Ok((
        email,
        if user.account_enabled.unwrap_or(true) {
            Resolution::Found { person }
        } else {
            Resolution::Disabled { person }
        },
    ))
}
