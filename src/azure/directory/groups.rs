//! Groups to the people in them, through nested groups.

use std::collections::BTreeMap;

use futures::StreamExt;
use uuid::Uuid;

use super::user::{SELECT, person, sentence};
use crate::{
    azure::{
        error::{AzureError, AzureErrorKind, Task},
        models::graph::{Group, Page, User},
        rest::Rest,
    },
    fleet::{
        group::{GroupMember, GroupResolution},
        person::ObjectId,
    },
};

/// Groups that are read at the same time.
const AT_ONCE: usize = 4;
/// Pages of 999 users: more is no team, but the whole company by mistake.
const MOST_PAGES: usize = 5;
/// Casts and counts are answered on these terms only (azure.md §5).
const EVENTUAL: (&str, &str) = ("consistencylevel", "eventual");
const REMEDY: &str = "reading a group needs the directory permission GroupMember.Read.All: ask an administrator";

/// One answer per display name or object ID, in the same order. A failed look-up is `GroupResolution::Unknown`.
pub async fn expand(graph: &Rest, groups: &[String]) -> Vec<GroupResolution> {
    let reads: Vec<_> = groups.iter().map(|group| expand_one(graph, group)).collect();
    futures::stream::iter(reads).buffered(AT_ONCE).collect().await
}

async fn expand_one(graph: &Rest, group: &str) -> GroupResolution {
    let task = Task::new("read the group", group);
    match people(graph, task, group).await {
        Ok(resolution) => resolution,
        Err(error) if error.kind == AzureErrorKind::NotFound => GroupResolution::NotFound,
        Err(mut error) => {
            if error.kind == AzureErrorKind::Forbidden {
                error.remedy = Some(REMEDY.to_owned());
            }
            GroupResolution::Unknown { reason: sentence(&error) }
        }
    }
}

async fn people(graph: &Rest, task: Task<'_>, group: &str) -> Result<GroupResolution, AzureError> {
    let id = match Uuid::try_parse(group) {
        Ok(id) => id.to_string(),
        Err(_) => match with_name(graph, task, group).await?.as_slice() {
            [] => return Ok(GroupResolution::NotFound),
            [one] => one.as_str().to_owned(),
            several => return Ok(GroupResolution::Ambiguous { candidates: several.to_vec() }),
        },
    };
    let path = format!("/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user");
    let url = graph.url(&path, &[("$select", SELECT), ("$top", "999"), ("$count", "true")]);
    let users: Pages<User> = pages(graph, task, url).await?;
    Ok(found(&users))
}

/// Every group with this display name; Entra lets several have it.
async fn with_name(graph: &Rest, task: Task<'_>, name: &str) -> Result<Vec<ObjectId>, AzureError> {
    let filter = format!("displayName eq '{}'", name.replace('\'', "''"));
    let url = graph.url("/v1.0/groups", &[("$filter", &filter), ("$select", "id,displayName")]);
    let groups: Pages<Group> = pages(graph, task, url).await?;
    let mut ids: Vec<ObjectId> = groups.items.iter().filter_map(|g| g.id.as_deref()).map(ObjectId::new).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// All pages of a list.
pub(super) struct Pages<T> {
    pub items: Vec<T>,
    /// What Graph says there is.
    pub count: Option<usize>,
}

async fn pages<T: serde::de::DeserializeOwned>(
    graph: &Rest,
    task: Task<'_>,
    first: url::Url,
) -> Result<Pages<T>, AzureError> {
    let (mut all, mut next) = (Pages { items: Vec::new(), count: None }, Some(first));
    for _ in 0..MOST_PAGES {
        let Some(url) = next else { break };
        let page: Page<T> = graph.get(task, &url, &[EVENTUAL]).await?.json(task)?;
        all.items.extend(page.value.into_iter().flatten());
        all.count = all.count.or(page.count);
        next = page.next_link.map(|link| graph.follow(task, &link)).transpose()?;
    }
    match next {
        None => Ok(all),
        Some(_) => {
            let message = format!("it has more than {} entries, far more than a fleet", all.items.len());
            Err(task.error(AzureErrorKind::Refused, message).with_remedy("name a smaller group"))
        }
    }
}

/// A user whose name may not be read comes with an id at most, and is counted; so is one who does not come at all.
pub(super) fn found(users: &Pages<User>) -> GroupResolution {
    let mut people: BTreeMap<ObjectId, GroupMember> = BTreeMap::new();
    let mut hidden = users.count.unwrap_or_default().saturating_sub(users.items.len());
    for user in &users.items {
        match person(user).filter(|p| !p.user_principal_name.is_empty()) {
            None => hidden += 1,
            Some(person) => {
                let mail = user.mail.clone().filter(|mail| mail.contains('@'));
                let enabled = user.account_enabled.unwrap_or(true);
                people.insert(person.object_id.clone(), GroupMember { person, mail, enabled });
            }
        }
    }
    GroupResolution::Found { people: people.into_values().collect(), hidden }
}
