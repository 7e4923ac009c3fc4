//! prices.azure.com: the retail price list (azure.md §9), with the rows that a careless reader takes for the right ones.

use serde_json::{Value, json};

use super::wire::{Request, Response};

/// Size, series and price of an hour in US dollars.
const SIZES: [(&str, &str, f64); 6] = [
    ("Standard_B1s", "B1s", 0.0104),
    ("Standard_B1ms", "B1ms", 0.0207),
    ("Standard_B2s", "B2s", 0.0416),
    ("Standard_B2ms", "B2ms", 0.0832),
    ("Standard_B2s_v2", "B2s v2", 0.0832),
    ("Standard_D2s_v5", "D2s v5", 0.096),
];
/// Small, so that lists have several pages.
const PAGE: usize = 4;

/// Answers `GET /api/retail/prices?$filter=…`.
pub fn handle(request: &Request) -> Response {
    let (["GET"], ["api", "retail", "prices"]) = ([request.method.as_str()], request.segments().as_slice()) else {
        return Response::unknown(request);
    };
    let filter = request.query("$filter").unwrap_or_default();
    let Some(region) = value_of(filter, "armRegionName") else {
        return Response::error(400, "BadRequest", "Invalid OData parameters supplied");
    };
    let rows: Vec<Value> = rows(region).into_iter().filter(|row| fits(row, filter)).collect();
    let skip: usize = request.query("$skip").and_then(|skip| skip.parse().ok()).unwrap_or(0);
    let mut next = Value::Null;
    if rows.len() > skip + PAGE {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in request.query.iter().filter(|(name, _)| name != "$skip") {
            query.append_pair(name, value);
        }
        query.append_pair("$skip", &(skip + PAGE).to_string());
        next = json!(format!("https://prices.azure.com/api/retail/prices?{}", query.finish()));
    }
    let page: Vec<Value> = rows.into_iter().skip(skip).take(PAGE).collect();
    Response::json(
        200,
        &json!({
            "BillingCurrency": "USD", "CustomerEntityId": "Default", "CustomerEntityType": "Retail",
            "Count": page.len(), "Items": page, "NextPageLink": next,
        }),
    )
}

fn value_of<'a>(filter: &'a str, field: &str) -> Option<&'a str> {
    filter.split(&format!("{field} eq '")).nth(1)?.split('\'').next()
}

/// Clauses joined by `and`; one in parentheses joins its own by `or`. Values are compared with their case.
fn fits(row: &Value, filter: &str) -> bool {
    filter.split(" and ").all(|clause| {
        let clause = clause.trim().trim_start_matches('(').trim_end_matches(')');
        clause.split(" or ").any(|one| match one.split('\'').collect::<Vec<_>>().as_slice() {
            [field, value, ..] => {
                let field = field.trim().trim_end_matches(" eq").trim();
                let field = if field == "priceType" { "type" } else { field };
                row[field] == *value
            }
            _ => false,
        })
    })
}

fn rows(region: &str) -> Vec<Value> {
    let row = |service: &str, product: &str, sku: &str, arm: &str, meter: &str, price: f64, unit: &str| {
        json!({
            "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": price, "unitPrice": price,
            "armRegionName": region, "location": region, "serviceName": service, "productName": product,
            "skuName": sku, "armSkuName": arm, "meterName": meter, "unitOfMeasure": unit, "type": "Consumption",
            "isPrimaryMeterRegion": true,
        })
    };
    // China has its own price list, elsewhere (azure.md §11).
    if region.starts_with("china") {
        return Vec::new();
    }
    let mut all = vec![
        row("Storage", "Standard HDD Managed Disks", "S4 LRS", "", "S4 LRS Disk", 1.536, "1/Month"),
        row("Storage", "Standard HDD Managed Disks", "S6 LRS", "", "S6 LRS Disk", 3.008, "1/Month"),
        row("Virtual Network", "IP Addresses", "Standard", "", "Standard IPv4 Static Public IP", 0.005, "1 Hour"),
    ];
    for (arm, series, price) in SIZES {
        let product = "Virtual Machines BS Series";
        let windows = "Virtual Machines BS Series Windows";
        all.push(row("Virtual Machines", windows, series, arm, series, price * 1.2, "1 Hour"));
        all.push(row("Virtual Machines", product, series, arm, series, price, "1 Hour"));
        all.push(row("Virtual Machines", product, &format!("{series} Spot"), arm, series, price / 5.0, "1 Hour"));
        all.push(row(
            "Virtual Machines",
            product,
            &format!("{series} Low Priority"),
            arm,
            series,
            price / 4.0,
            "1 Hour",
        ));
    }
    all
}
