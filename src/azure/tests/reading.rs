//! Lists, pages, joins and the console.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::fake::{ARM, CALLER, Fake, Reply, error, names};
use crate::{
    azure::AzureErrorKind,
    fleet::{instance::PowerState, person::ObjectId, plan::role, seen::Seen, step::PrincipalType},
};

fn vm(name: &str, power: Value) -> Value {
    let nic = names().resource("Microsoft.Network/networkInterfaces", &format!("{name}-nic")).to_uppercase();
    json!({"id": names().machine_id(name), "name": name, "identity": {"principalId": "P"},
        "tags": {"claw-member": "M", "Claw-Slug": name.trim_start_matches("claw-"), "claw-host-key": "ssh-ed25519 A"},
        "properties": {"hardwareProfile": {"vmSize": "Standard_B2s"}, "provisioningState": "Rebalancing",
            "timeCreated": "2026-01-17T01:58:25.2994471+00:00", "instanceView": {"statuses": power},
            "networkProfile": {"networkInterfaces": [{"id": nic}]}, "somethingNew": {"a": [1]}}})
}

fn nic(name: &str) -> Value {
    let id = |kind: &str| names().resource(&format!("Microsoft.Network/{kind}"), name);
    json!({"id": id("networkInterfaces"), "properties": {"ipConfigurations": [{"properties": {
        "publicIPAddress": {"id": id("publicIPAddresses").to_lowercase()}}}]}})
}

fn address(name: &str, ip: &str) -> Value {
    json!({"id": names().resource("Microsoft.Network/publicIPAddresses", name), "properties": {"ipAddress": ip}})
}

fn network(asked: &super::fake::Asked) -> Option<Reply> {
    if asked.is("GET", "/networkInterfaces") {
        return Some(Reply::json(200, json!({"value": [nic("claw-b-nic"), nic("claw-a-nic")]})));
    }
    let addresses = json!({"value": [address("claw-a-nic", "203.0.113.1"), address("claw-b-nic", "203.0.113.2")]});
    asked.is("GET", "/publicIPAddresses").then(|| Reply::json(200, addresses))
}

#[tokio::test]
async fn pages_are_followed_verbatim_and_joined_without_case() {
    const NEXT: &str = "?$skiptoken=a%2Bb%3D&api-version=2024-07-01";
    let fake = Fake::start(|asked| {
        if !asked.is("GET", "/virtualMachines") {
            return network(asked);
        }
        let running = json!([{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]);
        let unknown = json!([{"code": "PowerState/levitating"}]);
        Some(Reply::json(
            200,
            match asked.query.contains("skiptoken") {
                false => json!({"value": [vm("claw-b", running)], "nextLink": format!("{ARM}{}{NEXT}", asked.path)}),
                true => json!({"value": [vm("claw-a", unknown), vm("claw-new", json!([]))]}),
            },
        ))
    })
    .await;
    let machines = fake.cloud().inventory(&names()).await.unwrap().value;
    let told: Vec<_> = machines.iter().map(|m| (m.name.as_str(), m.power.value, m.public_ip.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("claw-a", PowerState::Unknown, Some("203.0.113.1")),
            ("claw-b", PowerState::Running, Some("203.0.113.2")),
            ("claw-new", PowerState::Unknown, None),
        ]
    );
    assert_eq!(machines[0].member, Some(ObjectId::new("m")));
    assert_eq!(machines[0].slug.as_ref().unwrap().as_str(), "a");
    assert!(machines[0].created.is_some());
    let lists: Vec<_> = fake.asked().into_iter().filter(|a| a.is("GET", "/virtualMachines")).collect();
    assert_eq!(format!("?{}", lists[1].query), NEXT);
    let expected = format!(
        "api-version=2024-07-01&$filter=%27virtualMachineScaleSet%2Fid%27%20eq%20%27{}%27&$expand=instanceView",
        names().scale_set_id().replace('/', "%2F")
    );
    assert_eq!(lists[0].query, expected);
}

#[tokio::test]
async fn a_page_on_another_host_is_refused() {
    let fake = Fake::start(|asked| match asked.is("GET", "/virtualMachines") {
        true => Some(Reply::json(200, json!({"value": [], "nextLink": "https://graph.microsoft.com/steal"}))),
        false => network(asked),
    })
    .await;
    let error = fake.cloud().inventory(&names()).await.unwrap_err();
    assert_eq!(error.kind, AzureErrorKind::Protocol, "{error}");
    assert!(fake.asked().iter().all(|a| a.host == "management.azure.com"));
}

#[tokio::test]
async fn one_machine_is_read_with_its_address() {
    let fake = Fake::start(|asked| {
        if asked.is("GET", "/virtualMachines/claw-a") {
            return Some(Reply::json(200, vm("claw-a", json!([{"code": "PowerState/deallocated"}]))));
        }
        if asked.is("GET", "/virtualMachines/claw-none") {
            return Some(error(404, "ResourceNotFound", "was not found"));
        }
        if asked.is("GET", "/networkInterfaces/claw-a-nic") {
            return Some(Reply::json(200, nic("claw-a-nic")));
        }
        asked.is("GET", "/publicIPAddresses/claw-a-nic").then(|| Reply::json(200, address("claw-a-nic", "203.0.113.1")))
    })
    .await;
    let cloud = fake.cloud();
    let machine = cloud.machine(&names(), "claw-a").await.unwrap().unwrap();
    assert_eq!((machine.power.value, machine.public_ip.as_deref()), (PowerState::Deallocated, Some("203.0.113.1")));
    assert!(cloud.machine(&names(), "claw-none").await.unwrap().is_none());
}

#[tokio::test]
async fn a_missing_group_is_known_to_be_empty() {
    let fake = Fake::start(|asked| {
        let vault = || error(404, "DeletedVaultNotFound", "The specified deleted vault does not exist.");
        let group = asked.is("GET", "/openclaw-rg").then(|| error(404, "ResourceGroupNotFound", "could not be found."));
        group.or_else(|| asked.path.contains("/deletedVaults/").then(vault))
    })
    .await;
    let observed = fake.cloud().observe(&names()).await;
    assert_eq!(observed.group.map(|g| g.value), Some(false));
    assert_eq!(observed.instances.map(|i| i.value.len()), Some(0));
    assert!(observed.gaps.is_empty());
    assert_eq!((observed.locks.map(|l| l.value), observed.budget.map(|b| b.value)), (Some(Vec::new()), Some(None)));
    assert_eq!(fake.lines().len(), 2, "the group, and a deleted vault that holds the name");
}

#[tokio::test]
async fn an_unseen_subscription_is_no_empty_group() {
    let fake = Fake::start(|asked| {
        asked
            .is("GET", "/openclaw-rg")
            .then(|| error(404, "SubscriptionNotFound", "The subscription could not be found."))
    })
    .await;
    let observed = fake.cloud().observe(&names()).await;
    assert_eq!((observed.group, observed.gaps.len()), (None, 1));
}

#[tokio::test]
async fn the_first_picture_is_one_query_with_the_shipped_text() {
    let fake = Fake::start(|asked| {
        asked.is("POST", "/providers/Microsoft.ResourceGraph/resources").then(|| {
            let more = asked.json()["options"]["$skipToken"].is_null();
            let name = if more { "claw-b" } else { "claw-a" };
            let row = json!({"id": names().machine_id(name).to_lowercase(), "name": name, "tags": null, "size": "S",
                "power": "PowerState/running", "prov": "Succeeded", "created": "", "principalId": "", "publicIp": "203.0.113.9"});
            let mut answer = json!({"totalRecords": 2, "count": 1, "data": [row], "facets": [], "resultTruncated": "false"});
            if more {
                answer["$skipToken"] = "t".into();
            }
            Reply::json(200, answer)
        })
    })
    .await;
    let machines = fake.cloud().inventory_fast(&names()).await.unwrap().value;
    assert_eq!(machines.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["claw-a", "claw-b"]);
    assert_eq!((machines[0].public_ip.as_deref(), &machines[0].principal_id), (Some("203.0.113.9"), &None));
    let text = include_str!("../../../assets/queries/machines.kql").replace("{{scaleSetId}}", &names().scale_set_id());
    assert_eq!(fake.asked()[0].json()["query"], text);
}

#[tokio::test]
async fn the_consoles_link_is_fetched_without_a_token() {
    let fake = Fake::start(|asked| {
        if asked.is("POST", "/claw-a/retrieveBootDiagnosticsData") {
            let link = "https://diag.blob.core.windows.net/b/claw-a.log?sv=1&sig=hush";
            return Some(Reply::json(200, json!({"serialConsoleLogBlobUri": link})));
        }
        if asked.is("POST", "/claw-b/retrieveBootDiagnosticsData") {
            let link = "https://diag.blob.core.windows.net/b/claw-b.log?sv=1&sig=hush";
            return Some(Reply::json(200, json!({"serialConsoleLogBlobUri": link})));
        }
        assert!(!asked.has_token(), "{asked:?}");
        match asked.path.as_str() {
            "/b/claw-a.log" => Some(Reply::text(200, "Ubuntu 24.04\r\n")),
            _ => Some(Reply::text(403, "<Error><Code>AuthenticationFailed</Code></Error>")),
        }
    })
    .await;
    let cloud = fake.cloud();
    assert_eq!(cloud.console(&names(), "claw-a").await.unwrap(), "Ubuntu 24.04\r\n");
    assert_eq!(cloud.console(&names(), "claw-a").await.unwrap(), "Ubuntu 24.04\r\n");
    // The second reading asked ARM for nothing.
    assert_eq!(fake.asked().iter().filter(|a| a.method == "POST").count(), 1);
    let refused = cloud.console(&names(), "claw-b").await.unwrap_err();
    assert_eq!(refused.kind, AzureErrorKind::Forbidden);
    assert!(!format!("{refused:?}").contains("hush"));
}

#[tokio::test]
async fn grants_are_single_puts_and_an_existing_one_is_fine() {
    let fake = Fake::start(|asked| match asked.method.as_str() {
        "PUT" => Some(error(409, "RoleAssignmentExists", "The role assignment already exists.")),
        "DELETE" => Some(Reply::text(204, "")),
        _ => None,
    })
    .await;
    let (cloud, vault) = (fake.cloud(), names().vault_id());
    let caller = ObjectId::new(CALLER);
    cloud.grant(&vault, &caller, PrincipalType::ServicePrincipal, role::SECRETS_OFFICER).await.unwrap();
    let put = fake.asked()[0].clone();
    let guid = role::assignment_name(&vault, &caller, role::SECRETS_OFFICER);
    assert!(put.path.ends_with(&format!("/providers/Microsoft.Authorization/roleAssignments/{guid}")));
    assert_eq!(put.json()["properties"]["principalType"], "ServicePrincipal");
    cloud.revoke(&format!("{vault}/providers/Microsoft.Authorization/roleAssignments/{guid}")).await.unwrap();
    assert_eq!(cloud.revoke(&vault).await.unwrap_err().kind, AzureErrorKind::Protocol);
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn tags_are_merged_and_a_groups_own_tags_are_kept() {
    let fake = Fake::start(|asked| match asked.method.as_str() {
        "GET" => Some(Reply::json(200, json!({"tags": {"owner": "ann", "app": "old"}}))),
        _ => Some(Reply::json(200, json!({}))),
    })
    .await;
    let tags = BTreeMap::from([("app".to_owned(), "claw".to_owned())]);
    let cloud = fake.cloud();
    cloud.merge_tags(&names().machine_id("claw-a"), &tags).await.unwrap();
    cloud.ensure_group(&names(), &tags).await.unwrap();
    let asked = fake.asked();
    assert!(asked[0].is("PATCH", "/claw-a/providers/Microsoft.Resources/tags/default"));
    assert_eq!(asked[0].json(), json!({"operation": "Merge", "properties": {"tags": {"app": "claw"}}}));
    assert_eq!(asked[2].json(), json!({"location": "eastus2", "tags": {"owner": "ann", "app": "claw"}}));
}

#[tokio::test]
async fn a_thousand_machines_are_six_requests_five_with_known_addresses_and_eight_with_an_index_that_lags() {
    const MADE: &str = "2026-01-17T01:58:25.2994471+00:00";
    let answers = |made: &'static str| {
        move |asked: &super::fake::Asked| {
            let running = json!([{"code": "PowerState/running"}]);
            let name = |n: usize| format!("claw-{n:04}");
            if asked.is("GET", "/virtualMachines") {
                let page: usize = asked.query.split("page=").nth(1).map_or(0, |n| n.parse().unwrap());
                let all: Vec<Value> = (0..200).map(|n| vm(&name(page * 200 + n), running.clone())).collect();
                let next = (page < 4).then(|| format!("{ARM}{}?page={}", asked.path, page + 1));
                return Some(Reply::json(200, json!({"value": all, "nextLink": next})));
            }
            let row = |n: usize| {
                let id = names().machine_id(&name(n)).to_lowercase();
                json!({"id": id, "name": name(n), "created": made, "publicIp": format!("198.18.{}.{}", n / 250, n % 250)})
            };
            let rows: Vec<Value> = (0..1000).map(row).collect();
            let rows = json!({"totalRecords": 1000, "count": 1000, "data": rows, "resultTruncated": "false"});
            asked.is("POST", "/resources").then(|| Reply::json(200, rows)).or_else(|| network(asked))
        }
    };
    let fake = Fake::start(answers(MADE)).await;
    let first = fake.cloud().inventory_joined(&names(), None).await.unwrap();
    let machines = first.machines.value.clone();
    assert_eq!((machines.len(), machines[999].public_ip.as_deref()), (1000, Some("198.18.3.249")));
    assert_eq!(first.addressed, first.machines.at);
    assert_eq!(fake.lines().len(), 6, "{:?}", fake.lines());

    let known = |machines| Some(Seen::new(machines, OffsetDateTime::UNIX_EPOCH));
    // Their addresses are known: five requests. One of them was made anew: the index is asked.
    let again = fake.cloud().inventory_joined(&names(), known(machines.clone())).await.unwrap();
    assert_eq!((again.addressed, fake.lines().len()), (OffsetDateTime::UNIX_EPOCH, 11));
    assert!(again.machines.value.iter().map(|m| &m.public_ip).eq(machines.iter().map(|m| &m.public_ip)));
    let mut old = machines;
    old[7].created = None;
    let again = fake.cloud().inventory_joined(&names(), known(old)).await.unwrap();
    assert_eq!(
        (again.addressed, again.machines.value[7].public_ip.as_deref()),
        (again.machines.at, Some("198.18.0.7"))
    );
    assert_eq!(fake.lines().len(), 17);

    // The index still knows the machines that were there before these.
    let fake = Fake::start(answers("2025-01-01T00:00:00Z")).await;
    let machines = fake.cloud().inventory_joined(&names(), None).await.unwrap().machines.value;
    assert_eq!((machines[0].public_ip.as_deref(), fake.lines().len()), (None, 8));
}
