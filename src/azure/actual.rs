//! What was really billed: Cost Management's query (azure.md §9). Hours behind, and not for everybody.

use std::collections::BTreeMap;

use azure_core::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    api,
    arm::Arm,
    error::{AzureError, AzureErrorKind, Task},
};
use crate::fleet::{cost::Micros, names::Names};

/// The group's month so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// Empty where nothing was billed yet.
    pub currency: String,
    /// By lower-cased resource id.
    pub resources: BTreeMap<String, Micros>,
}

/// A resource and month has one row; this is more than any group has.
const MOST_PAGES: usize = 100;

#[derive(Deserialize)]
struct Page {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    next_link: Option<String>,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

/// Month to date, by resource.
pub async fn read(arm: &Arm, names: &Names) -> Result<Billed, AzureError> {
    let task = Task::new("read the actual cost of", &names.resource_group);
    let id = format!("{}/providers/Microsoft.CostManagement/query", names.group_id());
    let body = json!({
        "type": "ActualCost", "timeframe": "MonthToDate",
        "dataset": {
            "granularity": "None",
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": "ResourceId"}],
        },
    });
    let (mut billed, mut url) = (Billed::default(), arm.url(&id, api::COSTS, &[]));
    for _ in 0..MOST_PAGES {
        let answer = arm.send(task, Method::Post, &url, Some(&body)).await?;
        if answer.status == 204 {
            break;
        }
        let page: Page = answer.json(task)?;
        add(&mut billed, &page.properties, task)?;
        let Some(next) = page.properties.next_link.filter(|link| !link.is_empty()) else { break };
        url = arm.rest().follow(task, &next)?;
    }
    Ok(billed)
}

/// Rows are positional; the columns say what stands where.
fn add(billed: &mut Billed, page: &Properties, task: Task<'_>) -> Result<(), AzureError> {
    let column = |name: &str| {
        let found = page.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| task.error(AzureErrorKind::Protocol, format!("the answer has no column {name}")))
    };
    let (cost, id, currency) = (column("Cost")?, column("ResourceId")?, column("Currency")?);
    for row in &page.rows {
        let text = |index: usize| row.get(index).and_then(Value::as_str).unwrap_or_default();
        if !billed.currency.is_empty() && billed.currency != text(currency) {
            return Err(task.error(AzureErrorKind::Protocol, "the answer mixes currencies"));
        }
        billed.currency = text(currency).to_owned();
        let amount = row.get(cost).and_then(Value::as_f64).unwrap_or_default();
        let sum = billed.resources.entry(text(id).to_ascii_lowercase()).or_default();
        sum.0 = sum.0.saturating_add((amount * 1e6).round() as i64);
    }
    Ok(())
}
