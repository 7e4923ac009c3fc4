//! The retail price list.

use serde_json::{Value, json};

use super::fake::{Asked, Fake, Reply};
use crate::{
    azure::{AzureError, AzureErrorKind},
    fleet::cost::{Micros, Prices},
};

const LIST: &str = "https://prices.azure.com:443/api/retail/prices";

fn row(service: &str, product: &str, sku: &str, size: &str, meter: &str, price: f64) -> Value {
    json!({"currencyCode": "USD", "retailPrice": price, "unitPrice": price, "armRegionName": "eastus2",
        "serviceName": service, "productName": product, "skuName": sku, "armSkuName": size, "meterName": meter,
        "type": "Consumption", "tierMinimumUnits": 0.0, "unitOfMeasure": "1 Hour"})
}

fn machine(product: &str, sku: &str, price: f64) -> Value {
    row("Virtual Machines", product, sku, "Standard_B2s", "B2s", price)
}

fn page(items: &[Value], next: Option<&str>) -> Reply {
    Reply::json(200, json!({"BillingCurrency": "USD", "Items": items, "Count": items.len(), "NextPageLink": next}))
}

fn filter(asked: &Asked) -> String {
    let pairs = url::form_urlencoded::parse(asked.query.as_bytes());
    pairs.into_owned().find(|(name, _)| name == "$filter").map(|(_, value)| value).unwrap_or_default()
}

async fn read(fake: &Fake) -> Result<Prices, AzureError> {
    fake.cloud().prices("eastus2", &["Standard_B2s".to_owned(), "Standard_X'9".to_owned()]).await
}

#[tokio::test]
async fn a_linux_machine_its_disk_and_its_address_are_found_page_by_page() {
    let fake = Fake::start(|asked| {
        if !asked.is("GET", "/api/retail/prices") || asked.host != "prices.azure.com" {
            return None;
        }
        let linux = "Virtual Machines BS Series";
        if asked.query.contains("skip=2") {
            // Behind the right one come rows that a careless reader would take.
            let others = [
                machine(linux, "B2s Spot", 0.008),
                machine(linux, "B2s Low Priority", 0.01),
                machine("Virtual Machines BS Series Windows", "B2s", 0.0496),
            ];
            return Some(page(&others, None));
        }
        if filter(asked).contains("Virtual Machines") {
            let next = format!("{LIST}?skip=2");
            let mut euros = machine(linux, "B2s", 0.9);
            euros["currencyCode"] = json!("EUR");
            let mut nothing = machine(linux, "B2s", 0.0);
            nothing["retailPrice"] = Value::Null;
            return Some(page(&[machine(linux, "B2s", 0.0416), euros, nothing], Some(&next)));
        }
        let disk = row("Storage", "Standard HDD Managed Disks", "S4 LRS", "", "S4 LRS Disk", 1.536);
        let other = row("Storage", "Standard SSD Managed Disks", "S4 LRS", "", "S4 LRS Disk", 9.0);
        let address = row("Virtual Network", "IP Addresses", "Standard", "", "Standard IPv4 Static Public IP", 0.005);
        Some(page(&[disk, other, address], Some("")))
    })
    .await;
    let prices = read(&fake).await.unwrap();
    let expected = Prices {
        currency: "USD".into(),
        machine_hour: [("Standard_B2s".to_owned(), Micros(41_600))].into(),
        disk_month: Some(Micros(1_536_000)),
        address_hour: Some(Micros(5_000)),
    };
    assert_eq!(prices, expected, "Standard_X'9 has no price");
    let asked = fake.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|a| !a.has_token()), "the list is public");
    let machines = filter(&asked[1]);
    assert!(machines.contains("armSkuName eq 'Standard_B2s' or armSkuName eq 'Standard_X''9'"), "{machines}");
    assert!(machines.contains("armRegionName eq 'eastus2' and priceType eq 'Consumption'"), "{machines}");
    assert!(fake.sign_ins().is_empty());
}

#[tokio::test]
async fn a_region_without_rows_has_no_prices() {
    let fake = Fake::start(|_| Some(page(&[], None))).await;
    assert!(read(&fake).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_an_error_and_not_free() {
    let bad = json!({"Error": {"Code": "BadRequest", "Message": "Invalid OData parameters supplied"}});
    for (reply, kind, says) in [
        (Reply::json(400, bad), AzureErrorKind::Service, ""),
        (Reply::text(200, "<html>"), AzureErrorKind::Protocol, "can't be read"),
        (Reply::text(503, "").soon(), AzureErrorKind::Service, ""),
        (page(&[], Some("https://evil.example/api/retail/prices")), AzureErrorKind::Protocol, "another host"),
        (page(&[], Some("http://prices.azure.com/api/retail/prices")), AzureErrorKind::Protocol, "another host"),
        (Reply::broken(), AzureErrorKind::Network, ""),
    ] {
        let fake = Fake::start(move |_| Some(reply.clone())).await;
        let error = read(&fake).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.message.contains(says) && !error.message.is_empty(), "{error:?}");
        assert!(fake.asked().iter().all(|a| a.host == "prices.azure.com"), "{:?}", fake.lines());
    }
}

#[tokio::test]
async fn a_list_without_end_is_left_and_what_it_said_is_kept() {
    let endless = page(&[machine("Virtual Machines BS Series", "B2s", 0.0416)], Some(&format!("{LIST}?skip=1")));
    let fake = Fake::start(move |_| Some(endless.clone())).await;
    assert_eq!(read(&fake).await.unwrap().machine_hour["Standard_B2s"], Micros(41_600));
    assert!(fake.asked().len() <= 40, "{}", fake.asked().len());
}
