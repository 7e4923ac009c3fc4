use std::time::Duration;

use serde_json::json;

use super::cloud::Cloud;

#[tokio::test(start_paused = true)]
async fn reads_run_out_and_come_back() {
    let cloud = Cloud::with_group("").await;
    let first = cloud.get(&cloud.group()).await.is(200);
    assert_eq!(first.headers["x-ms-ratelimit-remaining-subscription-reads"], "249");
    for _ in 0..249 {
        cloud.get(&cloud.group()).await.is(200);
    }
    let refused = cloud.get(&cloud.group()).await.refused(429, "SubscriptionRequestsThrottled");
    assert_eq!(refused.headers["retry-after"], "1");
    assert!(refused.message().starts_with("Number of 'read' requests for subscription"));
    // Writes have a bucket of their own.
    let written = cloud.put(&cloud.group(), json!({"location": "eastus2"})).await.is(200);
    assert!(written.headers.contains_key("x-ms-ratelimit-remaining-subscription-writes"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..25 {
        cloud.get(&cloud.group()).await.is(200);
    }
    cloud.get(&cloud.group()).await.is(429);
}

#[tokio::test(start_paused = true)]
async fn one_vm_is_read_twelve_times_a_minute() {
    let cloud = Cloud::with_alice("").await;
    cloud.pass(300).await;
    for _ in 0..36 {
        cloud.get(&cloud.alice()).await.is(200);
    }
    let refused = cloud.get(&cloud.alice()).await.is(429);
    // Compute's shape has no `error` around it.
    assert_eq!(
        (&refused.body["code"], &refused.body["details"][0]["code"]),
        (&json!("OperationNotAllowed"), &json!("TooManyRequests"))
    );
    assert_eq!(refused.headers["retry-after"], "5");
    cloud.get(&cloud.id("Microsoft.Compute/virtualMachines")).await.is(200);
    cloud.pass(5).await;
    let answered = cloud.get(&cloud.alice()).await.is(200);
    assert!(answered.headers["x-ms-ratelimit-remaining-resource"].starts_with("Microsoft.Compute/"));
}

#[tokio::test(start_paused = true)]
async fn every_answer_carries_arms_headers() {
    let cloud = Cloud::with_group("").await;
    let asked = [("x-ms-client-request-id", "mine"), ("x-ms-correlation-request-id", "c")];
    let answer = cloud.send_with("GET", &cloud.group(), None, &asked).await.is(200);
    assert_eq!(
        (answer.headers["x-ms-client-request-id"].as_str(), answer.headers["x-ms-correlation-request-id"].as_str()),
        ("mine", "c")
    );
    for name in ["x-ms-request-id", "x-ms-routing-request-id", "strict-transport-security", "cache-control"] {
        assert!(answer.headers.contains_key(name), "{name}");
    }
    let group = cloud.group();
    cloud.get(&format!("{group}?x=y")).await.refused(400, "MissingApiVersionParameter");
    cloud.get(&format!("{group}?API-VERSION=soon")).await.refused(400, "InvalidApiVersionParameter");
    cloud.get(&format!("{group}?Api-Version=2024-07-01-preview")).await.is(200);
    cloud.get(&cloud.id("Microsoft.Storage/storageAccounts/x")).await.refused(501, "NotImplemented");
    cloud.get("/providers/Microsoft.Compute/operations").await.is(501);
}

#[tokio::test(start_paused = true)]
async fn who_holds_no_role_is_refused_and_readers_only_read() {
    let mut cloud = Cloud::with_alice("").await;
    let nobody = "00000000-0000-4000-8000-00000000000f";
    let assign = |role: &str| json!({"properties": {"roleDefinitionId": format!("/x/{role}"), "principalId": nobody, "principalType": "User"}});
    let at = |cloud: &Cloud, scope: String, n: u8| {
        let _ = cloud;
        format!("{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-0000000000{n:02}")
    };
    let owner = cloud.caller.object_id.clone();
    cloud.caller.object_id = nobody.into();
    let refused = cloud.get(&cloud.group()).await.refused(403, "AuthorizationFailed");
    assert!(refused.message().contains("does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/read' over scope"));
    cloud.caller.object_id = owner.clone();
    let reader = at(&cloud, cloud.group(), 1);
    cloud.put(&reader, assign("acdd72a7-3385-48ef-bd42-f606fba81ae7")).await.is(201);
    let power = at(&cloud, cloud.alice(), 2);
    cloud.put(&power, assign("40c5ff49-9181-41f8-ae61-143b0e78555e")).await.is(201);
    cloud.caller.object_id = nobody.into();
    cloud.get(&cloud.group()).await.is(403);
    // It takes a while to have effect.
    cloud.pass(21).await;
    cloud.get(&cloud.group()).await.is(200);
    cloud.put(&cloud.group(), json!({"location": "eastus2"})).await.refused(403, "AuthorizationFailed");
    cloud.delete(&reader).await.refused(403, "AuthorizationFailed");
    cloud.delete(&cloud.alice()).await.refused(403, "AuthorizationFailed");
    let stopping = cloud.post(&format!("{}/deallocate", cloud.alice())).await.is(202);
    cloud.finish(&stopping).await;
}
