//! stub

use std::sync::Arc;

use super::{
    wire::{Request, Response},
    world::World,
};

#[derive(Default)]
pub struct ResourceGraph {}

impl ResourceGraph {
    pub async fn keep_snapshots(&self, _world: &Arc<World>) {}

    pub fn handle(&self, _world: &Arc<World>, request: &Request) -> Response {
        Response::unknown(request)
    }
}

pub fn is_query(request: &Request) -> bool {
    request.method == "POST" && request.path.eq_ignore_ascii_case("/providers/Microsoft.ResourceGraph/resources")
}
