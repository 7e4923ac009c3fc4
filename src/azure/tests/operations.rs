//! Long-running operations in their three flavours, deployments, and where a token must not go.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::fake::{ARM, Fake, Reply, error, names};
use crate::azure::{AzureError, AzureErrorKind, Deployed, Deployment, PowerAction};

const OPERATION: &str = "/subscriptions/s/providers/Microsoft.Compute/locations/x/operations/1";

fn accepted(header: &str, url: String) -> Reply {
    Reply::text(202, "").header(header, url).soon()
}

async fn start(fake: &Fake) -> Result<(), AzureError> {
    fake.cloud().power(&names(), "claw-alice", PowerAction::Start, &CancellationToken::new()).await
}

/// A start whose operation answers with these bodies in turn, the last for ever.
async fn starting(polls: Vec<Reply>) -> Fake {
    let seen = AtomicUsize::new(0);
    Fake::start(move |asked| {
        if asked.is("POST", "/claw-alice/start") {
            let reply = accepted("azure-asyncoperation", format!("{ARM}{OPERATION}?api-version=1&t=a%2Fb"));
            return Some(reply.header("location", format!("{ARM}{OPERATION}?monitor=true")));
        }
        asked.is("GET", OPERATION).then(|| polls[seen.fetch_add(1, SeqCst).min(polls.len() - 1)].clone())
    })
    .await
}

#[tokio::test]
async fn the_async_operation_is_preferred_and_unknown_words_go_on() {
    let status = |word: &str| Reply::json(200, json!({"status": word})).soon();
    let fake = starting(vec![status("InProgress"), status("Pondering"), status("Succeeded")]).await;
    start(&fake).await.unwrap();
    let asked = fake.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked[1..].iter().all(|a| a.query == "api-version=1&t=a%2Fb" && a.has_token()), "{asked:?}");
}

#[tokio::test]
async fn a_failure_inside_a_200_is_a_failure() {
    let failed = json!({"status": "Failed", "error": {"code": "AllocationFailed", "message": "Allocation failed."}});
    let fake = starting(vec![Reply::json(200, failed)]).await;
    let error = start(&fake).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (AzureErrorKind::Capacity, Some("AllocationFailed")));
    assert!(error.remedy.is_some());
}

#[tokio::test]
async fn a_foreign_operation_host_gets_no_token() {
    for header in ["azure-asyncoperation", "location"] {
        let fake = Fake::start(move |asked| {
            asked.is("POST", "/start").then(|| accepted(header, "https://evil.blob.core.windows.net/op".to_owned()))
        })
        .await;
        let error = start(&fake).await.unwrap_err();
        assert_eq!(error.kind, AzureErrorKind::Protocol);
        assert!(error.message.contains("evil.blob.core.windows.net"), "{error}");
        assert_eq!(fake.lines().len(), 1);
    }
}

#[tokio::test]
async fn a_location_is_followed_until_it_is_no_longer_202() {
    let seen = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| match asked.method.as_str() {
        "DELETE" => Some(accepted("location", format!("{ARM}/operationresults/1"))),
        _ if seen.fetch_add(1, SeqCst) == 0 => Some(accepted("location", format!("{ARM}/operationresults/2"))),
        _ => Some(Reply::text(200, "")),
    })
    .await;
    let lines = Mutex::new(Vec::new());
    let progress = |line: String| lines.lock().unwrap().push(line);
    fake.cloud().delete_group(&names(), &progress, &CancellationToken::new()).await.unwrap();
    let polls: Vec<String> = fake.asked().iter().skip(1).map(|a| a.path.clone()).collect();
    assert_eq!(polls, ["/operationresults/1", "/operationresults/2"]);
    assert_eq!(lines.lock().unwrap().last().unwrap(), "openclaw-rg: gone");
}

#[tokio::test]
async fn without_headers_the_resources_own_state_is_followed() {
    use crate::azure::{arm::Arm, error::Task, operation, rest::Answer};
    let seen = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| {
        let state = ["Updating", "Updating", "Succeeded"][seen.fetch_add(1, SeqCst).min(2)];
        asked.is("GET", "/thing").then(|| Reply::json(200, json!({"properties": {"provisioningState": state}})).soon())
    })
    .await;
    let cloud = fake.cloud();
    let arm: &Arm = cloud.arm();
    let url = arm.url("/thing", "1", &[]);
    let body = json!({"properties": {"provisioningState": "Creating"}}).to_string();
    let mut headers = azure_core::http::headers::Headers::new();
    headers.insert("x-ms-retry-after-ms", "20");
    let answer = Answer { status: 201, headers, body: body.into() };
    operation::finish(arm, Task::new("make", "thing"), answer, Some(url)).await.unwrap();
    assert_eq!(fake.lines().len(), 3);
}

#[tokio::test]
async fn an_interrupted_wait_ends_at_once() {
    let fake = starting(vec![Reply::json(200, json!({"status": "InProgress"})).header("retry-after", "3600")]).await;
    let cancel = CancellationToken::new();
    let (cloud, stop, names) = (fake.cloud(), cancel.clone(), names());
    let waiting = cloud.power(&names, "claw-alice", PowerAction::Start, &stop);
    let cancelling = async {
        while fake.lines().len() < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(waiting, cancelling);
    assert_eq!(ended.unwrap_err().kind, AzureErrorKind::Cancelled);
}

fn deployment(name: &str) -> Deployment {
    let parameters = BTreeMap::from([("location".to_owned(), json!("eastus2"))]);
    Deployment { name: name.to_owned(), template: json!({"resources": []}), parameters }
}

fn listing(states: &[(&str, &str)]) -> Reply {
    let value: Vec<Value> =
        states.iter().map(|(n, s)| json!({"name": n, "properties": {"provisioningState": s}})).collect();
    Reply::json(200, json!({"value": value})).soon()
}

#[tokio::test]
async fn many_deployments_are_polled_by_one_list() {
    const ALL: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let polls = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| {
        if asked.method == "PUT" {
            return Some(Reply::json(201, json!({"properties": {"provisioningState": "Accepted"}})).soon());
        }
        asked.is("GET", "/providers/Microsoft.Resources/deployments").then(|| {
            let state = if polls.fetch_add(1, SeqCst) < 3 { "Running" } else { "Succeeded" };
            listing(&ALL.map(|name| (name, state)))
        })
    })
    .await;
    let (cloud, names, cancel) = (fake.cloud(), names(), CancellationToken::new());
    let deployments = ALL.map(deployment);
    let all = deployments.iter().map(|d| cloud.deploy(&names, d, &|_| (), &cancel));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    let gets = fake.asked().iter().filter(|a| a.method == "GET").count();
    // One list a round, and one more round at most for those that were put late.
    assert!((4..=8).contains(&gets), "{gets} lists");
    let put = fake.asked().into_iter().find(|a| a.method == "PUT").unwrap().json();
    assert_eq!(put["properties"]["mode"], "Incremental");
    assert_eq!(put["properties"]["parameters"], json!({"location": {"value": "eastus2"}}));
}

#[tokio::test]
async fn a_running_deployment_of_the_same_name_is_joined_however_it_ends() {
    for end in ["Succeeded", "Canceled"] {
        let polls = AtomicUsize::new(0);
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "PUT" => Some(error(409, "DeploymentActive", "Unable to edit or replace deployment 'claw-alice'.").soon()),
            _ if asked.path.contains("/operations") => Some(Reply::json(200, json!({"value": []}))),
            _ => {
                let state = if polls.fetch_add(1, SeqCst) == 0 { "Running" } else { end };
                Some(listing(&[("Claw-Alice", state)]))
            }
        })
        .await;
        let (lines, cancel) = (Mutex::new(Vec::new()), CancellationToken::new());
        let progress = |line: String| lines.lock().unwrap().push(line);
        let deployed = fake.cloud().deploy(&names(), &deployment("claw-alice"), &progress, &cancel).await.unwrap();
        let Deployed::Joined(went) = deployed else { panic!("it was another one's") };
        assert_eq!(went.is_ok(), end == "Succeeded", "{went:?}");
        let lines = lines.into_inner().unwrap();
        assert_eq!(lines[1..], ["claw-alice: running".to_owned(), format!("claw-alice: {}", end.to_lowercase())]);
    }
}

#[tokio::test]
async fn an_earlier_run_of_the_same_name_decides_nothing() {
    let polls = AtomicUsize::new(0);
    let fake = Fake::start(move |asked| {
        let one = |state: &str, run: &str| json!({"name": "claw-alice", "properties": {"provisioningState": state, "correlationId": run}});
        Some(match asked.method.as_str() {
            "PUT" => Reply::json(201, one("Accepted", "new")).soon(),
            _ if asked.path.contains("/operations") => Reply::json(200, json!({"value": []})),
            _ => {
                let shown = [one("Succeeded", "old"), one("Running", "new"), one("Failed", "new")];
                Reply::json(200, json!({"value": [shown[polls.fetch_add(1, SeqCst).min(2)]]})).soon()
            }
        })
    })
    .await;
    let deployed = fake.cloud().deploy(&names(), &deployment("claw-alice"), &|_| (), &CancellationToken::new()).await;
    assert_eq!(deployed.unwrap_err().message, "failed; Azure gave no reason");
}

#[tokio::test]
async fn a_failed_deployment_gives_its_innermost_cause() {
    let inner = json!({"error": {"code": "SkuNotAvailable", "message": "Standard_B2s is not available."}});
    let fake = Fake::start(move |asked| {
        if asked.method == "PUT" {
            return Some(Reply::json(201, json!({"properties": {"provisioningState": "Accepted"}})).soon());
        }
        if asked.path.contains("/operations") {
            assert!(asked.path.contains("/resourcegroups/openclaw-rg/deployments/claw-alice/operations"));
            let failed = json!({"error": {"code": "ResourceDeploymentFailure", "message": "The resource failed.",
                "details": [{"code": "Conflict", "message": inner.to_string()}]}});
            return Some(Reply::json(
                200,
                json!({"value": [
                {"properties": {"provisioningState": "Succeeded", "provisioningOperation": "Create"}},
                {"properties": {"provisioningState": "Failed", "statusMessage": failed, "targetResource":
                    {"resourceType": "Microsoft.Compute/virtualMachines", "resourceName": "claw-alice"}}}]}),
            ));
        }
        Some(listing(&[("claw-alice", "Failed")]))
    })
    .await;
    let error = fake.cloud().deploy(&names(), &deployment("claw-alice"), &|_| (), &CancellationToken::new()).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (AzureErrorKind::Capacity, Some("SkuNotAvailable")));
    assert_eq!(error.message, "Standard_B2s is not available.");
    assert_eq!(error.causes, ["The resource failed.", "at Microsoft.Compute/virtualMachines claw-alice"]);
}

#[tokio::test]
async fn only_a_machine_of_the_scale_set_is_deleted() {
    let fake = Fake::start(|asked| {
        let id = asked.path.contains("claw-mine").then(|| names().scale_set_id().to_uppercase());
        let vm = json!({"id": "x", "name": "x", "properties": {"virtualMachineScaleSet": {"id": id}}});
        match asked.method.as_str() {
            "GET" if asked.path.contains("claw-gone") => Some(error(404, "ResourceNotFound", "was not found")),
            "GET" => Some(Reply::json(200, vm)),
            _ => Some(Reply::text(204, "")),
        }
    })
    .await;
    let (cloud, names, cancel) = (fake.cloud(), names(), CancellationToken::new());
    let refused = cloud.delete_machine(&names, "claw-other", &cancel).await.unwrap_err();
    assert_eq!(refused.kind, AzureErrorKind::Refused);
    cloud.delete_machine(&names, "claw-gone", &cancel).await.unwrap();
    cloud.delete_machine(&names, "claw-mine", &cancel).await.unwrap();
    let deleted: Vec<String> = fake.asked().into_iter().filter(|a| a.method == "DELETE").map(|a| a.path).collect();
    assert_eq!(deleted.len(), 1);
    assert!(deleted[0].ends_with("/claw-mine"));
}
