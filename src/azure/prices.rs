//! Azure's retail prices (azure.md §9): public, without a token, in US dollars.

use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, Request};
use serde::Deserialize;
use url::Url;

use super::{
    error::{AzureError, AzureErrorKind, Task},
    failure::{from_answer, from_core},
};
use crate::fleet::cost::{Micros, Prices};

const CURRENCY: &str = "USD";
const BASE: &str = "https://prices.azure.com/api/retail/prices";
/// A region has some dozens of rows for a handful of sizes.
const MOST_PAGES: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    items: Vec<Item>,
    next_page_link: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Item {
    retail_price: Option<f64>,
    arm_sku_name: String,
    sku_name: String,
    product_name: String,
    meter_name: String,
    service_name: String,
    currency_code: String,
}

/// Prices of these sizes, of the disk and of the address in a region. What is not found has no price.
pub async fn read(pipeline: &Pipeline, location: &str, sizes: &[String]) -> Result<Prices, AzureError> {
    let machines = sizes.iter().map(|size| format!("armSkuName eq '{}'", size.replace('\'', "''")));
    let machines = machines.collect::<Vec<_>>().join(" or ");
    let place = format!("armRegionName eq '{location}' and priceType eq 'Consumption'");
    // Values are compared with their case.
    let parts = "(meterName eq 'S4 LRS Disk' or meterName eq 'Standard IPv4 Static Public IP')";
    let mut items = list(pipeline, location, &format!("{parts} and {place}")).await?;
    if !machines.is_empty() {
        let filter = format!("serviceName eq 'Virtual Machines' and ({machines}) and {place}");
        items.extend(list(pipeline, location, &filter).await?);
    }
    Ok(assemble(&items))
}

fn assemble(items: &[Item]) -> Prices {
    let mut prices = Prices { currency: CURRENCY.into(), ..Prices::default() };
    for item in items {
        // Two currencies in one sum would be neither.
        let Some(price) = item.retail_price.filter(|_| item.currency_code == CURRENCY) else { continue };
        let Some(price) = Micros::from_price(price) else { continue };
        if item.meter_name == "S4 LRS Disk" && item.product_name == "Standard HDD Managed Disks" {
            prices.disk_month = Some(price);
        } else if item.meter_name == "Standard IPv4 Static Public IP" {
            prices.address_hour = Some(price);
        } else if item.service_name == "Virtual Machines" && is_ordinary_linux(item) {
            prices.machine_hour.insert(item.arm_sku_name.clone(), price);
        }
    }
    prices
}

/// Neither Windows nor capacity that can be taken away.
fn is_ordinary_linux(item: &Item) -> bool {
    let sku = item.sku_name.to_ascii_lowercase();
    !item.product_name.contains("Windows") && !sku.contains("spot") && !sku.contains("low priority")
}

async fn list(pipeline: &Pipeline, location: &str, filter: &str) -> Result<Vec<Item>, AzureError> {
    let task = Task::new("read prices of", location);
    let wrong = |e: url::ParseError| task.error(AzureErrorKind::Protocol, e.to_string());
    let mut url = Url::parse(BASE).map_err(wrong)?;
    url.query_pairs_mut()
        .append_pair("api-version", "2023-01-01-preview")
        .append_pair("currencyCode", &format!("'{CURRENCY}'"))
        .append_pair("$filter", filter);
    let mut items = Vec::new();
    for _ in 0..MOST_PAGES {
        let mut request = Request::new(url.clone(), Method::Get);
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let answer = pipeline.send(&Context::new(), &mut request, Some(options)).await;
        let (status, headers, body) = answer.map_err(|error| from_core(task, &error))?.deconstruct();
        if u16::from(status) != 200 {
            return Err(from_answer(task, u16::from(status), &headers, &body));
        }
        let page: Page = serde_json::from_slice(&body)
            .map_err(|e| task.error(AzureErrorKind::Protocol, format!("the answer can't be read: {e}")))?;
        items.extend(page.items);
        let Some(next) = page.next_page_link.filter(|link| !link.is_empty()) else { break };
        let next = Url::parse(&next).map_err(wrong)?;
        if next.host_str() != url.host_str() || next.scheme() != "https" {
            return Err(task.error(AzureErrorKind::Protocol, "the next page is on another host"));
        }
        url = next;
    }
    Ok(items)
}
