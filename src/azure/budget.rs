//! The group's monthly budget (Microsoft.Consumption, azure.md §9). It alerts; it stops nothing.

use azure_core::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
};
use crate::fleet::names::Names;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Budget {
    e_tag: Option<Value>,
    properties: Option<Properties>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    amount: Option<f64>,
    time_period: Option<Value>,
}

fn id(names: &Names) -> String {
    format!("{}/providers/Microsoft.Consumption/budgets/{}", names.group_id(), Names::BUDGET)
}

/// Whole units of the billing currency a month; `None` without a budget.
pub async fn read(arm: &Arm, names: &Names) -> Result<Option<u32>, AzureError> {
    let task = Task::new("read budget", Names::BUDGET);
    let found: Option<Budget> = arm.find(task, &arm.url(&id(names), api::BUDGETS, &[])).await?;
    let amount = found.map(|b| b.properties.and_then(|p| p.amount).unwrap_or_default());
    Ok(amount.map(|a| if a.is_finite() && a > 0.0 { a.round() as u32 } else { 0 }))
}

/// Makes or changes it. Mail about it goes to `contacts` and to the owners of the subscription.
pub async fn put(arm: &Arm, names: &Names, amount: u32, contacts: &[String]) -> Result<(), AzureError> {
    match put_once(arm, names, amount, contacts).await {
        // Another operator was quicker; theirs may be the same.
        Err(error) if error.kind == AzureErrorKind::Conflict && read(arm, names).await? != Some(amount) => {
            put_once(arm, names, amount, contacts).await
        }
        Err(error) if error.kind == AzureErrorKind::Conflict => Ok(()),
        done => done,
    }
}

async fn put_once(arm: &Arm, names: &Names, amount: u32, contacts: &[String]) -> Result<(), AzureError> {
    let task = Task::new("set budget", Names::BUDGET);
    let url = arm.url(&id(names), api::BUDGETS, &[]);
    let found: Option<Budget> = arm.find(task, &url).await?;
    let (etag, period) = found.map_or((None, None), |b| (b.e_tag, b.properties.and_then(|p| p.time_period)));
    // A budget begins with a month, and keeps its begin when it is changed.
    let now = OffsetDateTime::now_utc();
    let first = format!("{:04}-{:02}-01T00:00:00Z", now.year(), u8::from(now.month()));
    let mut body = json!({"properties": {
        "category": "Cost", "amount": amount, "timeGrain": "Monthly",
        "timePeriod": period.unwrap_or_else(|| json!({"startDate": first})),
        "notifications": {"Actual_GreaterThan_80_Percent": {
            "enabled": true, "operator": "GreaterThan", "threshold": 80, "thresholdType": "Actual",
            "contactEmails": contacts, "contactRoles": ["Owner"],
        }},
    }});
    if let Some(etag) = etag {
        body["eTag"] = etag;
    }
    arm.send(task, Method::Put, &url, Some(&body)).await.map(|_| ())
}
