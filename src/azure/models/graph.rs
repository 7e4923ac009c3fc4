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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BatchItem {
    pub id: Option<String>,
    pub status: Option<u16>,
    pub headers: Option<BTreeMap<String, String>>,
    pub body: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Users {
    pub value: Option<Vec<User>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User {
    pub id: Option<String>,
    pub user_principal_name: Option<String>,
    pub display_name: Option<String>,
    pub mail: Option<String>,
    /// Absent when the caller may read only basic profiles.
    pub account_enabled: Option<bool>,
}
