//! Microsoft Graph v1.0.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BatchResponse {
    /// In any order.
    pub responses: Option<Vec<BatchItem>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BatchItem {
    pub id: Option<String>,
    pub status: Option<u16>,
    pub headers: Option<BTreeMap<String, String>>,
    pub body: Option<Value>,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Page<T> {
    #[serde(default = "none")]
    pub value: Option<Vec<T>>,
    /// Of the whole list; on the first page only, and only when asked for.
    #[serde(default, rename = "@odata.count")]
    pub count: Option<usize>,
    #[serde(default, rename = "@odata.nextLink")]
    pub next_link: Option<String>,
}

fn none<T>() -> Option<T> {
    None
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Group {
    pub id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User {
    pub id: Option<String>,
    pub user_principal_name: Option<String>,
    pub mail: Option<String>,
    pub display_name: Option<String>,
    /// Absent when the caller may read only basic profiles.
    pub account_enabled: Option<bool>,
}
