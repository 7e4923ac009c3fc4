use serde_json::{Value, json};

use super::cloud::{ALICE, Cloud};

const LOGIN: &str = "fb879df8-f326-4884-b1cf-06f3ad86be52";

fn name(n: u16) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

fn at(scope: &str, n: u16) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{}", name(n))
}

fn grant(principal: &str, kind: Option<&str>) -> Value {
    let mut body = json!({"properties": {"roleDefinitionId": format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{LOGIN}"), "principalId": principal}});
    if let Some(kind) = kind {
        body["properties"]["principalType"] = json!(kind);
    }
    body
}

#[tokio::test(start_paused = true)]
async fn the_same_triple_is_granted_once() {
    let cloud = Cloud::with_group("").await;
    let group = cloud.group();
    let made = cloud.put(&at(&group, 1), grant(ALICE, None)).await.is(201).body;
    assert_eq!((&made["properties"]["principalType"], &made["properties"]["scope"]), (&json!("User"), &json!(group)));
    cloud.put(&at(&group, 1), grant(ALICE, Some("User"))).await.is(200);
    let twin = cloud
        .put(
            &at(&group.to_uppercase().replace("SUBSCRIPTIONS", "subscriptions"), 2),
            grant(&ALICE.to_uppercase(), None),
        )
        .await;
    let twin = twin.refused(409, "RoleAssignmentExists");
    assert!(twin.message().ends_with(&format!("{}.", name(1).replace('-', ""))), "{}", twin.message());
    let other = grant("00000000-0000-4000-8000-00000000000f", Some("User"));
    cloud.put(&at(&group, 1), other).await.refused(400, "RoleAssignmentUpdateNotPermitted");
    assert_eq!(cloud.delete(&at(&group, 1)).await.is(200).body["name"], name(1));
    cloud.delete(&at(&group, 1)).await.is(204);
}

#[tokio::test(start_paused = true)]
async fn it_takes_time_to_have_effect() {
    let cloud = Cloud::with_group("").await;
    cloud.put(&at(&cloud.group(), 1), grant(ALICE, Some("User"))).await.is(201);
    assert!(!cloud.world.allowed(ALICE, &[LOGIN], &cloud.alice()));
    cloud.pass(21).await;
    assert!(cloud.world.allowed(ALICE, &[LOGIN], &cloud.alice()));
}

#[tokio::test(start_paused = true)]
async fn a_new_identity_is_unknown_to_the_directory() {
    let cloud = Cloud::with_alice("").await;
    let principal = cloud.get(&cloud.alice()).await.body["identity"]["principalId"].as_str().unwrap().to_owned();
    let refused = cloud.put(&at(&cloud.group(), 1), grant(&principal, None)).await.refused(400, "PrincipalNotFound");
    assert!(refused.message().starts_with(&format!("Principal {principal} does not exist in the directory")));
    cloud.put(&at(&cloud.group(), 1), grant(&principal, Some("ServicePrincipal"))).await.is(201);
    cloud.put(&at(&cloud.group(), 2), grant(ALICE, Some("Group"))).await.refused(400, "UnmatchedPrincipalType");
    cloud.put(&at(&cloud.group(), 3), grant(ALICE, Some("Person"))).await.refused(400, "InvalidPrincipalType");
}

#[tokio::test(start_paused = true)]
async fn lists_look_up_and_down() {
    let cloud = Cloud::with_alice("").await;
    let vault = cloud.id("Microsoft.KeyVault/vaults/claw-vault");
    let secret = format!("{vault}/secrets/openclaw-alice");
    cloud.put(&at(&secret, 1), grant(ALICE, None)).await.is(201);
    cloud.put(&at(&cloud.group(), 2), grant("00000000-0000-4000-8000-00000000000f", Some("User"))).await.is(201);
    let list = async |scope: &str, filter: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("$filter", filter).finish();
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&{query}");
        cloud.get(&path).await.is(200).body["value"].as_array().unwrap().len()
    };
    // Owner above, alice's two at her VM, her secret, the stranger at the group.
    assert_eq!(list(&cloud.group(), "").await, 5);
    assert_eq!(list(&cloud.group(), "atScope()").await, 2);
    assert_eq!(list(&cloud.group(), &format!("principalId eq '{}'", ALICE.to_uppercase())).await, 3);
    assert_eq!(list(&cloud.group(), &format!("atScope() and assignedTo('{ALICE}')")).await, 0);
    assert_eq!(list(&cloud.alice(), "").await, 4);
    let odd =
        format!("{}/providers/Microsoft.Authorization/roleAssignments?api-version=1999-01-01&$filter=x", cloud.group());
    cloud.get(&odd).await.refused(400, "UnsupportedQuery");
    let found = cloud.get(&at(&secret, 1)).await.is(200).body;
    assert_eq!(found["properties"]["scope"], secret);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_holds_four_thousand() {
    let cloud = Cloud::with_group("").await;
    {
        let mut state = cloud.world.state();
        let one = state.assignments[0].clone();
        state.assignments.resize(4000, crate::sim::world::RoleAssignment { principal: "x".into(), ..one });
    }
    cloud.put(&at(&cloud.group(), 1), grant(ALICE, None)).await.refused(400, "RoleAssignmentLimitExceeded");
}
