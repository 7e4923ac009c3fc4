//! One request on its way through ARM, from outside or from a template, and its answer.

use std::sync::Arc;

use serde_json::Value;

use super::{error::ArmError, target::Target};
use crate::sim::{wire::Response, world::World};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    pub object_id: String,
    pub app_id: String,
}

/// A request to a resource.
#[derive(Clone)]
pub struct Call {
    pub world: Arc<World>,
    pub caller: Caller,
    /// Upper case.
    pub method: String,
    pub target: Target,
    pub query: Vec<(String, String)>,
    /// `Null` without a body.
    pub body: Value,
    pub if_match: Option<String>,
    pub if_none_match: Option<String>,
    /// A fault of the scenario lets the VM's allocation fail.
    pub is_struck: bool,
}

impl Call {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn api_version(&self) -> &str {
        self.query("api-version").unwrap_or_default()
    }

    /// ARM's own host, for the links in answers.
    pub fn arm(&self) -> &'static str {
        self.world.scenario.cloud.hosts().arm
    }

    pub fn unknown(&self) -> ArmError {
        let tail = self.target.tail.as_ref().map(|t| format!("/{t}")).unwrap_or_default();
        ArmError::unknown(&self.method, &format!("{}{tail}", self.target.id()))
    }

    pub fn not_found(&self) -> ArmError {
        let kind = Target { tail: None, ..self.target.clone() }.kind();
        ArmError::not_found(&kind, &self.target.names.join("/"), self.target.group_name())
    }
}

/// What a provider answers.
#[derive(Clone, Debug)]
pub struct Reply {
    pub response: Response,
    /// The long-running operation that the request has started.
    pub operation: Option<String>,
}

pub type Answer = Result<Reply, ArmError>;

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { response: Response::json(status, body), operation: None }
    }

    pub fn empty(status: u16) -> Self {
        Self { response: Response::empty(status), operation: None }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.response = self.response.header(name, value);
        self
    }
}
