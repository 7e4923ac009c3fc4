use serde_json::Value;

use super::client::Client;

const LIST: &str = "https://prices.azure.com/api/retail/prices";

/// Without a token, like everybody.
async fn get(client: &Client, url: &str) -> (u16, Value) {
    let response = client.http.get(url).send().await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

async fn rows(client: &Client, filter: &str) -> Vec<Value> {
    let mut url = url::Url::parse(LIST).unwrap();
    url.query_pairs_mut().append_pair("api-version", "2023-01-01-preview").append_pair("$filter", filter);
    let (mut next, mut rows, mut pages) = (Some(url.to_string()), Vec::new(), 0);
    while let Some(url) = next {
        let (status, body) = get(client, &url).await;
        assert_eq!(status, 200, "{body}");
        let items = body["Items"].as_array().unwrap();
        assert_eq!(body["Count"], items.len());
        rows.extend(items.iter().cloned());
        next = body["NextPageLink"].as_str().map(str::to_owned);
        pages += 1;
        assert!(pages < 50, "a list without end");
    }
    assert_eq!(pages, rows.len().div_ceil(4).max(1));
    rows
}

#[tokio::test]
async fn the_list_is_public_filtered_and_comes_in_pages() {
    let client = Client::start("").await;
    let two = "(armSkuName eq 'Standard_B2s' or armSkuName eq 'Standard_B2ms')";
    let place = "armRegionName eq 'westeurope' and priceType eq 'Consumption'";
    let found = rows(&client, &format!("serviceName eq 'Virtual Machines' and {two} and {place}")).await;
    assert_eq!(found.len(), 8, "{found:#?}");
    let is_linux = |r: &&Value| {
        let (product, sku) = (r["productName"].as_str().unwrap(), r["skuName"].as_str().unwrap());
        r["armSkuName"] == "Standard_B2s" && !product.contains("Windows") && sku == "B2s"
    };
    let linux: Vec<&Value> = found.iter().filter(is_linux).collect();
    assert_eq!(
        (linux.len(), &linux[0]["retailPrice"], &linux[0]["armRegionName"]),
        (1, &0.0416.into(), &"westeurope".into())
    );
    let parts = "(meterName eq 'S4 LRS Disk' or meterName eq 'Standard IPv4 Static Public IP')";
    let units: Vec<Value> =
        rows(&client, &format!("{parts} and {place}")).await.iter().map(|r| r["unitOfMeasure"].clone()).collect();
    assert_eq!(units, ["1/Month", "1 Hour"]);
}

#[tokio::test]
async fn values_have_case_and_what_is_not_asked_properly_is_refused() {
    let client = Client::start("").await;
    let none = rows(&client, "armSkuName eq 'standard_b2s' and armRegionName eq 'eastus2'").await;
    assert_eq!(none, [] as [Value; 0]);
    let (status, _) = get(&client, &format!("{LIST}?$filter=x")).await;
    assert_eq!(status, 400);
    let (status, _) = get(&client, "https://prices.azure.com/api/other").await;
    assert_eq!(status, 501);
}
