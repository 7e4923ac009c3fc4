//! Groups to people.

use serde_json::{Value, json};

use super::fake::{Asked, Fake, Reply, error};
use crate::fleet::group::GroupResolution;

const GRAPH: &str = "https://graph.microsoft.com/v1.0";
const ONE: &str = "0a0a0a0a-0000-4000-8000-000000000001";

fn user(n: usize) -> Value {
    json!({"id": format!("ID-{n}"), "userPrincipalName": format!("m{n}@x.org"), "mail": null, "accountEnabled": n != 1})
}

fn query(asked: &Asked, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(asked.query.as_bytes()).into_owned().collect();
    pairs.into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
}

/// `/groups` by name, and the members of `ONE` in two pages.
fn directory(asked: &Asked) -> Option<Reply> {
    if asked.is("GET", "/v1.0/groups") {
        let ids = match query(asked, "$filter")?.as_str() {
            "displayName eq 'Engineers'" => vec![ONE],
            "displayName eq 'O''Hara''s'" => vec!["b", "a"],
            _ => vec![],
        };
        let groups: Vec<Value> = ids.iter().map(|id| json!({"id": id, "displayName": "…"})).collect();
        return Some(Reply::json(200, json!({"value": groups})));
    }
    if !asked.is("GET", &format!("/v1.0/groups/{ONE}/transitiveMembers/microsoft.graph.user")) {
        return asked.is("GET", "/microsoft.graph.user").then(|| error(404, "Request_ResourceNotFound", "No."));
    }
    assert_eq!(asked.headers["consistencylevel"], "eventual", "on every page");
    if query(asked, "$skiptoken").is_some() {
        return Some(Reply::json(200, json!({"value": [user(2), user(2), {"id": "ID-9", "userPrincipalName": null}]})));
    }
    assert_eq!((query(asked, "$count").as_deref(), query(asked, "$top").as_deref()), (Some("true"), Some("999")));
    let next = format!("{GRAPH}/groups/{ONE}/transitiveMembers/microsoft.graph.user?$count=true&$skiptoken=X");
    Some(Reply::json(200, json!({"@odata.count": 5, "@odata.nextLink": next, "value": [user(0), user(1)]})))
}

async fn expand(fake: &Fake, groups: &[&str]) -> Vec<GroupResolution> {
    let groups: Vec<String> = groups.iter().map(|g| (*g).to_owned()).collect();
    fake.cloud().expand(&groups).await
}

#[tokio::test]
async fn a_group_is_read_by_name_or_id_page_by_page() {
    let fake = Fake::start(directory).await;
    let found =
        expand(&fake, &["Engineers", &ONE.to_uppercase(), "O'Hara's", "Nobody's", &ONE.replace('1', "2")]).await;
    let (people, hidden) = match &found[0] {
        GroupResolution::Found { people, hidden } => (people.as_slice(), *hidden),
        _ => (&[][..], 0),
    };
    let people: Vec<_> = people.iter().map(|m| (m.email(), m.enabled)).collect();
    assert_eq!(people, [("m0@x.org", true), ("m1@x.org", false), ("m2@x.org", true)], "{found:?}");
    assert_eq!((hidden, &found[1]), (1, &found[0]));
    let several = matches!(&found[2], GroupResolution::Ambiguous { candidates } if candidates[0].as_str() == "a");
    assert!(several, "{found:?}");
    assert_eq!(found[3..], [GroupResolution::NotFound, GroupResolution::NotFound]);
}

#[tokio::test]
async fn a_user_who_is_counted_but_not_shown_is_hidden() {
    let fake = Fake::start(|asked| {
        asked
            .is("GET", "/microsoft.graph.user")
            .then(|| Reply::json(200, json!({"@odata.count": 3, "value": [user(0), user(2)]})))
    })
    .await;
    let found = expand(&fake, &[ONE]).await;
    assert!(matches!(&found[0], GroupResolution::Found { people, hidden: 1 } if people.len() == 2), "{found:?}");
}

#[tokio::test]
async fn a_group_that_cannot_be_read_is_unknown_and_not_empty() {
    let foreign = json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/groups"});
    let endless = format!("{GRAPH}/groups/{ONE}/transitiveMembers/microsoft.graph.user?$skiptoken=X");
    let endless = json!({"value": [user(0)], "@odata.nextLink": endless});
    for (reply, says) in [
        (error(403, "Authorization_RequestDenied", "Insufficient privileges."), "GroupMember.Read.All"),
        (error(400, "Request_BadRequest", "Invalid object identifier."), "Invalid object identifier"),
        (error(503, "ServiceUnavailable", "Busy.").soon(), "Busy"),
        (Reply::json(200, foreign), "nothing was sent there"),
        (Reply::json(200, endless), "smaller group"),
        (Reply::text(200, "<html>"), "could not be understood"),
        (Reply::broken(), "run the command again"),
    ] {
        let fake = Fake::start(move |_| Some(reply.clone())).await;
        let found = expand(&fake, &[ONE]).await;
        assert!(matches!(&found[..], [GroupResolution::Unknown { reason }] if reason.contains(says)), "{found:?}");
    }
}
