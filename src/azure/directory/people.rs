//! People by mail address, user principal name or alias.

use serde::Deserialize;
use serde_json::Value;

use super::{
    batch,
    user::{SELECT, person},
};
use crate::{
    azure::{
        error::Task,
        error_body::ErrorBody,
        models::graph::{BatchItem, Page, User},
        rest::{Rest, encode},
        throttle::Throttle,
    },
    fleet::person::{Person, Resolution},
};

/// One answer per e-mail, in the same order.
pub async fn resolve(graph: &Rest, throttle: &Throttle, emails: &[String]) -> Vec<Resolution> {
    let urls: Vec<String> = emails.iter().map(|email| lookup_url(email)).collect();
    let answers = batch::read(graph, throttle, Task::new("look up", "members in the directory"), &urls).await;
    answers.into_iter().map(|answer| answer.map_or_else(unknown, |item| read(&item))).collect()
}

/// Guests have a UPN nobody types, so the mail address is asked for too; then aliases, primary (`SMTP:`) or not,
/// where the prefix's case counts (azure.md §5). A quote is doubled.
fn lookup_url(email: &str) -> String {
    let quoted = email.replace('\'', "''");
    let alias = |prefix: &str| format!("proxyAddresses/any(p:p eq '{prefix}:{quoted}')");
    let filter =
        format!("mail eq '{quoted}' or userPrincipalName eq '{quoted}' or {} or {}", alias("smtp"), alias("SMTP"));
    format!("/users?$filter={}&$select={SELECT}", encode(&filter))
}

pub(super) fn read(item: &BatchItem) -> Resolution {
    let body = item.body.as_ref().unwrap_or(&Value::Null);
    match item.status {
        Some(200) => match Page::<User>::deserialize(body) {
            Ok(users) => decide(&users.value.unwrap_or_default()),
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

fn decide(users: &[User]) -> Resolution {
    let mut people: Vec<(Person, bool)> = Vec::new();
    for user in users {
        let enabled = user.account_enabled.unwrap_or(true);
        let Some(person) = person(user) else {
            return unknown("the directory named a user without an id".to_owned());
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_quote_cannot_leave_the_filter() {
        let url = lookup_url("o'hara@x.org");
        assert!(url.contains("mail%20eq%20%27o%27%27hara%40x.org%27%20or%20"), "{url}");
        assert!(url.contains("p%3Ap%20eq%20%27smtp%3Ao%27%27hara%40x.org%27%29"), "{url}");
    }

    #[test]
    fn one_user_listed_twice_is_one_user() {
        let users: Page<User> =
            serde_json::from_value(json!({"value": [{"id": "A"}, {"id": "a", "accountEnabled": null}]})).unwrap();
        assert!(matches!(decide(&users.value.unwrap()), Resolution::Found { .. }));
    }
}
