//! Azure Resource Graph, 2024-04-01.

use serde_json::{Value, json};

use crate::{
    client::{ARM, Client},
    shape::{same_shape, sample},
    sim::world::Resource,
};

const QUERY: &str = include_str!("../../assets/queries/machines.kql");
const URL: &str = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";

/// The rows' fields are the query's own, so only those that ours has as well are compared.
const ROWS: (&str, &str) = ("/data/*/type", "machines.kql does not project the type");

async fn page(client: &Client, options: Value) -> Value {
    let subscription = client.text("subscription");
    let query = QUERY.replace("{{scaleSetId}}", "/set");
    let body = json!({"subscriptions": [subscription], "query": query, "options": options});
    let (status, answer) = client.send(ARM, "POST", URL, Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn pages_of_a_query() {
    let client = Client::start("[timings]\nresource_graph_lag = \"0s\"").await;
    let subscription = client.text("subscription");
    for n in 0..5 {
        let id =
            format!("/subscriptions/{subscription}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m{n}");
        let set = json!({"virtualMachineScaleSet": {"id": "/set"}});
        let body = json!({"id": id, "name": format!("m{n}"), "location": "eastus", "properties": set});
        let kind = "microsoft.compute/virtualmachines".into();
        client.sim.world().state().resources.insert(id.to_lowercase(), Resource { id, kind, body });
    }
    let first = page(&client, json!({"$top": 2})).await;
    let next = page(&client, json!({"$top": 2, "$skipToken": first["$skipToken"]})).await;
    for (name, answer) in [("first-page", first), ("next-page-skiptoken", next)] {
        if let Some(sample) = sample(&format!("resourcegraph-{name}.2024-04-01.json"), 200) {
            same_shape(&sample, &answer, &[ROWS]);
        }
    }
}
