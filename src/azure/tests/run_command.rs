//! A script through Azure's agent: sent once, and whatever becomes of it, its resource is deleted.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::fake::{ARM, Asked, Fake, Reply, error, names};
use crate::azure::{AzureError, AzureErrorKind, ScriptRun};

const OPERATION: &str = "/subscriptions/s/providers/Microsoft.Compute/locations/x/operations/1";

fn is_ours(asked: &Asked) -> bool {
    asked.path.contains("/virtualMachines/claw-alice/runCommands/claw-")
}

/// Accepts the script, says this of its operation and shows a view of how it ended.
async fn running(operation: Value, delete: Reply) -> Fake {
    Fake::start(move |asked| match asked.method.as_str() {
        "PUT" if is_ours(asked) => {
            let at = format!("{ARM}{OPERATION}?api-version=1");
            Some(Reply::json(201, json!({})).header("azure-asyncoperation", at).soon())
        }
        "GET" if asked.is("GET", OPERATION) => Some(Reply::json(200, operation.clone()).soon()),
        "GET" if is_ours(asked) => {
            let view = json!({"executionState": "Succeeded", "exitCode": 0, "output": "root\n", "error": ""});
            Some(Reply::json(200, json!({"properties": {"instanceView": view}})))
        }
        "DELETE" if is_ours(asked) => Some(delete.clone()),
        _ => None,
    })
    .await
}

async fn run(fake: &Fake, cancel: &CancellationToken) -> Result<ScriptRun, AzureError> {
    fake.cloud().run_command(&names(), "claw-alice", "whoami", cancel).await
}

fn methods(fake: &Fake) -> Vec<String> {
    fake.asked().into_iter().map(|asked| asked.method).collect()
}

#[tokio::test]
async fn what_a_script_said_is_told_also_where_its_resource_stays() {
    for delete in [Reply::text(202, ""), error(403, "AuthorizationFailed", "You may not delete.")] {
        let fake = running(json!({"status": "Succeeded"}), delete).await;
        let ran = run(&fake, &CancellationToken::new()).await.unwrap();
        assert_eq!((ran.exit_code, ran.output.as_str()), (Some(0), "root\n"));
        assert_eq!(methods(&fake), ["PUT", "GET", "GET", "DELETE"]);
    }
}

#[tokio::test]
async fn a_script_whose_answer_is_lost_is_deleted_and_not_sent_again() {
    for lost in [Reply::broken(), error(503, "ServiceUnavailable", "Busy.").header("x-ms-retry-after-ms", "5")] {
        let fake = Fake::start(move |asked| match asked.method.as_str() {
            "PUT" => Some(lost.clone()),
            "DELETE" => Some(Reply::text(204, "")),
            _ => None,
        })
        .await;
        run(&fake, &CancellationToken::new()).await.unwrap_err();
        assert_eq!(methods(&fake), ["PUT", "DELETE"]);
    }
}

#[tokio::test]
async fn a_script_that_failed_in_azure_is_deleted() {
    let failed =
        json!({"status": "Failed", "error": {"code": "VMAgentStatusCommunicationError", "message": "No agent."}});
    let fake = running(failed, Reply::text(202, "")).await;
    let error = run(&fake, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.message, "No agent.");
    assert_eq!(methods(&fake), ["PUT", "GET", "DELETE"]);
}

#[tokio::test]
async fn a_script_that_is_cut_off_is_deleted() {
    let fake = running(json!({"status": "InProgress"}), Reply::text(202, "")).await;
    let cancel = CancellationToken::new();
    let cancelling = async {
        while fake.lines().len() < 2 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ended, ()) = tokio::join!(run(&fake, &cancel), cancelling);
    assert_eq!(ended.unwrap_err().kind, AzureErrorKind::Cancelled);
    assert_eq!(methods(&fake).last().map(String::as_str), Some("DELETE"));
    // Nothing begins after a cancel.
    let before = fake.lines().len();
    run(&fake, &cancel).await.unwrap_err();
    assert_eq!(fake.lines().len(), before);
}
