//! stub

use std::sync::Arc;

use super::{
    wire::{Request, Response},
    world::World,
};

pub fn handle(_world: &Arc<World>, request: &Request) -> Response {
    Response::unknown(request)
}
