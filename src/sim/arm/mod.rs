//! Azure Resource Manager; the arm room replaces this.

use std::sync::Arc;

use super::{
    entra::Claims,
    wire::{Request, Response},
    world::World,
};

/// Answers one request to `management.azure.com`.
pub async fn handle(_world: &Arc<World>, _caller: &Claims, request: &Request) -> Response {
    Response::unknown(request)
}
