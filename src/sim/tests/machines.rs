use serde_json::{Value, json};

use super::client::{ARM, Client};
use crate::sim::world::Resource;

const QUERY: &str = include_str!("../../../assets/queries/machines.kql");
const URL: &str = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";

/// Puts VMs with network cards and addresses into the cloud's state, `count` of them.
fn put_machines(client: &Client, count: usize) -> String {
    let subscription = client.text("subscription");
    let group = format!("/subscriptions/{subscription}/resourceGroups/openclaw-rg/providers");
    let set = format!("{group}/Microsoft.Compute/virtualMachineScaleSets/openclaw");
    let mut state = client.sim.world().state();
    let mut put = |kind: &str, name: &str, mut body: Value| {
        let id = format!("{group}/{kind}/{name}");
        body["id"] = json!(id);
        body["name"] = json!(name);
        body["location"] = json!("eastus2");
        let kind = kind.to_ascii_lowercase();
        state.resources.insert(id.to_ascii_lowercase(), Resource { id: id.clone(), kind, body });
        id
    };
    for n in 0..count {
        let address = json!({"properties": {"ipAddress": format!("20.0.{}.{}", n / 256, n % 256),
            "dnsSettings": {"fqdn": format!("m{n}.eastus2.cloudapp.azure.com")}}});
        let address = put("Microsoft.Network/publicIPAddresses", &format!("m{n:04}-ip"), address);
        let configuration = json!({"properties": {"publicIPAddress": {"id": address.to_ascii_uppercase()}}});
        let nic = json!({"properties": {"ipConfigurations": [configuration]}});
        let nic = put("Microsoft.Network/networkInterfaces", &format!("m{n:04}-nic"), nic);
        let vm = json!({"tags": {"claw-slug": format!("m{n}")}, "identity": {"principalId": format!("p{n}")},
        "properties": {
            "virtualMachineScaleSet": {"id": set},
            "hardwareProfile": {"vmSize": "Standard_B2s"},
            "provisioningState": "Succeeded",
            "networkProfile": {"networkInterfaces": [{"id": nic}]},
            "instanceView": {"statuses": [{"code": "PowerState/running"}]},
        }});
        put("Microsoft.Compute/virtualMachines", &format!("m{n:04}"), vm);
    }
    set
}

fn body(client: &Client, set: &str, options: Value) -> Option<Value> {
    let query = QUERY.replace("{{scaleSetId}}", set);
    Some(json!({"subscriptions": [client.text("subscription")], "query": query, "options": options}))
}

#[tokio::test]
async fn machines_come_joined_with_their_addresses() {
    let client = Client::start("[timings]\nresource_graph_lag = \"0s\"").await;
    let set = put_machines(&client, 1);
    let (status, answer) = client.send(ARM, "POST", URL, body(&client, &set, json!({}))).await;
    assert_eq!(status, 200, "{answer}");
    let row = &answer["data"][0];
    assert_eq!(row["power"], "PowerState/running");
    assert_eq!((&row["publicIp"], &row["fqdn"]), (&json!("20.0.0.0"), &json!("m0.eastus2.cloudapp.azure.com")));
    assert_eq!((&row["tags"]["claw-slug"], &row["principalId"]), (&json!("m0"), &json!("p0")));
    assert_eq!((&answer["resultTruncated"], &answer["totalRecords"]), (&json!("false"), &json!(1)));
    let (_, other) = client.send(ARM, "POST", URL, body(&client, "/another/set", json!({}))).await;
    assert_eq!(other["data"], json!([]));
}

#[tokio::test]
async fn the_picture_lags_behind() {
    let client = Client::start("[timings]\nresource_graph_lag = \"100000h\"").await;
    let set = put_machines(&client, 1);
    let (_, answer) = client.send(ARM, "POST", URL, body(&client, &set, json!({}))).await;
    assert_eq!(answer["data"], json!([]), "not seen yet");

    let client = Client::start("speed = 1000.0\n[timings]\nresource_graph_lag = \"100s\"").await;
    let set = put_machines(&client, 1);
    // It comes by itself; a test that never ends has failed.
    while client.send(ARM, "POST", URL, body(&client, &set, json!({}))).await.1["totalRecords"] != 1 {}
}

#[tokio::test]
async fn a_thousand_rows_to_a_page() {
    let client = Client::start("[timings]\nresource_graph_lag = \"0s\"").await;
    let set = put_machines(&client, 1001);
    let (_, first) = client.send(ARM, "POST", URL, body(&client, &set, json!({}))).await;
    assert_eq!((&first["count"], &first["totalRecords"]), (&json!(1000), &json!(1001)));
    let options = json!({"$skipToken": first["$skipToken"]});
    let (_, last) = client.send(ARM, "POST", URL, body(&client, &set, options)).await;
    assert_eq!((&last["count"], last.get("$skipToken")), (&json!(1), None));
    let (status, _) = client.send(ARM, "POST", URL, body(&client, &set, json!({"$skipToken": "?"}))).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn any_other_query_is_invalid() {
    let client = Client::start("").await;
    let query = json!({"subscriptions": [client.text("subscription")], "query": "resources | take 5"});
    let (status, answer) = client.send(ARM, "POST", URL, Some(query)).await;
    assert_eq!((status, &answer["error"]["details"][0]["code"]), (400, &json!("InvalidQuery")));
}

#[tokio::test]
async fn a_console_is_read_with_a_signature_only() {
    let client = Client::start("").await;
    let url = "https://claw.blob.core.windows.net/bootdiagnostics/claw-alice.serialconsole.log";
    let unsigned = client.http.get(url).send().await.unwrap();
    assert_eq!(
        (unsigned.status().as_u16(), &unsigned.headers()["x-ms-error-code"]),
        (403, &"AuthenticationFailed".parse().unwrap())
    );
    let unmade = client.http.get(format!("{url}?sv=2024-01-01&sig=abc")).send().await.unwrap();
    assert_eq!(
        (unmade.status().as_u16(), &unmade.headers()["x-ms-error-code"]),
        (404, &"BlobNotFound".parse().unwrap())
    );
}
