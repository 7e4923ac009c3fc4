//! People by e-mail, from Microsoft Graph, twenty at a time.

use std::{collections::BTreeMap, time::Duration};

use azure_core::http::{Method, headers::Headers};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    error::{AzureError, Task},
    error_body::ErrorBody,
    models::graph::{BatchItem, BatchResponse, User, Users},
    rest::{Rest, encode},
    retry_after::retry_after,
    throttle::Throttle,
};
use crate::fleet::person::{ObjectId, Person, Resolution};

/// Graph's largest batch.
const BATCH: usize = 20;
/// Rounds for items that Graph throttled one by one.
const MOST_ROUNDS: u32 = 5;
/// When a throttled item names no pause.
const PAUSE: Duration = Duration::from_secs(2);
/// No item holds up the rest for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One answer per e-mail, in the same order.
pub async fn resolve(graph: &Rest, throttle: &Throttle, emails: &[String]) -> Vec<Resolution> {
    let chunks = emails.chunks(BATCH).map(|chunk| resolve_batch(graph, throttle, chunk));
    futures::future::join_all(chunks).await.into_iter().flatten().collect()
}

async fn resolve_batch(graph: &Rest, throttle: &Throttle, emails: &[String]) -> Vec<Resolution> {
    let mut found: Vec<Option<Resolution>> = vec![None; emails.len()];
    for round in 1..=MOST_ROUNDS {
        let open: Vec<usize> = (0..emails.len()).filter(|i| found[*i].is_none()).collect();
        if open.is_empty() {
            break;
        }
        let answers = match ask(graph, emails, &open).await {
            Ok(answers) => answers,
            Err(error) => {
                open.iter().for_each(|i| found[*i] = Some(unknown(sentence(&error))));
                break;
            }
        };
        let mut pause = None;
        for index in open {
            match answers.get(&index) {
                Some(item) if item.status == Some(429) && round < MOST_ROUNDS => {
                    pause = pause.max(Some(item_pause(item)));
                }
                Some(item) => found[index] = Some(read(item)),
                None => found[index] = Some(unknown("the directory left it out of its answer".to_owned())),
            }
        }
        if let Some(pause) = pause {
            throttle.pause(pause.min(LONGEST_PAUSE)).await;
        }
    }
    found.into_iter().map(|r| r.unwrap_or_else(|| unknown("the directory is too busy".to_owned()))).collect()
}

/// Answers by index; Graph shuffles them.
async fn ask(graph: &Rest, emails: &[String], open: &[usize]) -> Result<BTreeMap<usize, BatchItem>, AzureError> {
    let task = Task::new("look up", "members in the directory");
    let requests: Vec<Value> =
        open.iter().map(|i| json!({"id": i.to_string(), "method": "GET", "url": lookup_url(&emails[*i])})).collect();
    let url = graph.url("/v1.0/$batch", &[]);
    let answer = graph.send(task, Method::Post, &url, Some(&json!({"requests": requests}))).await?;
    let batch: BatchResponse = answer.json(task)?;
    let items =
        batch.responses.into_iter().flatten().filter_map(|item| Some((item.id.as_deref()?.parse().ok()?, item)));
    Ok(items.collect())
}

/// Guests have a UPN nobody types, so the mail address is asked for too. A quote is doubled.
fn lookup_url(email: &str) -> String {
    let quoted = email.replace('\'', "''");
    let filter = format!("mail eq '{quoted}' or userPrincipalName eq '{quoted}'");
    format!("/users?$filter={}&$select=id,userPrincipalName,mail,displayName,accountEnabled,userType", encode(&filter))
}

fn item_pause(item: &BatchItem) -> Duration {
    let mut headers = Headers::new();
    for (name, value) in item.headers.iter().flatten() {
        headers.insert(name.to_ascii_lowercase(), value.clone());
    }
    retry_after(&headers).unwrap_or(PAUSE)
}

fn read(item: &BatchItem) -> Resolution {
    let body = item.body.as_ref().unwrap_or(&Value::Null);
    match item.status {
        Some(200) => match Users::deserialize(body) {
            Ok(users) => decide(users.value.unwrap_or_default()),
            Err(_) => unknown("the directory's answer could not be understood".to_owned()),
        },
        Some(404) => Resolution::NotFound,
        status => {
            let said = ErrorBody::from_value(body);
            let said = said.as_ref().and_then(ErrorBody::message).unwrap_or("it gave no reason");
            unknown(format!("the directory answered HTTP {}: {said}", status.unwrap_or_default()))
        }
    }
}

fn decide(users: Vec<User>) -> Resolution {
    let mut people: Vec<(Person, bool)> = Vec::new();
    for user in users {
        let enabled = user.account_enabled.unwrap_or(true);
        let Some(id) = user.id.filter(|id| !id.is_empty()) else {
            return unknown("the directory named a user without an id".to_owned());
        };
        let person = Person {
            object_id: ObjectId::new(&id),
            user_principal_name: user.user_principal_name.unwrap_or_default(),
            display_name: user.display_name.unwrap_or_default(),
        };
        if !people.iter().any(|(p, _)| p.object_id == person.object_id) {
            people.push((person, enabled));
        }
    }
    match people.len() {
        0 => Resolution::NotFound,
        1 => match people.remove(0) {
            (person, true) => Resolution::Found { person },
            (person, false) => Resolution::Disabled { person },
        },
        _ => Resolution::Ambiguous { candidates: people.into_iter().map(|(person, _)| person).collect() },
    }
}

fn unknown(reason: String) -> Resolution {
    Resolution::Unknown { reason }
}

/// The error with its remedy, as one line.
fn sentence(error: &AzureError) -> String {
    match &error.remedy {
        Some(remedy) => format!("{}; {remedy}", error.message),
        None => error.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_cannot_leave_the_filter() {
        let url = lookup_url("o'hara@x.org");
        assert!(url.contains("mail%20eq%20%27o%27%27hara%40x.org%27%20or%20"), "{url}");
    }

    #[test]
    fn one_user_listed_twice_is_one_user() {
        let users: Users =
            serde_json::from_value(json!({"value": [{"id": "A"}, {"id": "a", "accountEnabled": null}]})).unwrap();
        assert!(matches!(decide(users.value.unwrap()), Resolution::Found { .. }));
    }
}
