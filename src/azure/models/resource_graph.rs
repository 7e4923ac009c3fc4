//! Microsoft.ResourceGraph, 2021-03-01.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct QueryResponse {
    pub data: Option<Vec<Row>>,
    #[serde(rename = "$skipToken")]
    pub skip_token: Option<String>,
}

/// A row of a query in `assets/queries`. Absent text comes as "" or null; `mine.kql` knows no address.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Row {
    pub id: Option<String>,
    pub name: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub size: Option<String>,
    pub power: Option<String>,
    pub prov: Option<String>,
    pub created: Option<String>,
    pub principal_id: Option<String>,
    pub public_ip: Option<String>,
}
