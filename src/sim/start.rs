//! From options to a running cloud.

use std::sync::{Arc, Mutex};

use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{
    Sim, SimError, SimOptions,
    account::{self, Account},
    arm::schedule,
    authority::Authority,
    clock::Clock,
    cloud_file,
    entra::federated,
    faults::Faults,
    folder_lock::FolderLock,
    front::Front,
    proxy,
    resource_graph::ResourceGraph,
    scenario::{self, Scenario},
    world::{Place, RoleAssignment, State, World},
};

pub async fn start(options: &SimOptions) -> Result<Sim, SimError> {
    let scenario = scenario::load(options.scenario.as_deref())?;
    cloud_file::make_folder(&options.dir)?;
    let lock = FolderLock::take(&options.dir)?;
    let address = format!("127.0.0.1:{}", options.port);
    let listen = |source| SimError::Listen { address: address.clone(), source };
    let listener = TcpListener::bind(&address).await.map_err(listen)?;
    let port = listener.local_addr().map_err(listen)?.port();
    let authority = Authority::new(scenario.cloud).map_err(|error| SimError::Certificate(error.to_string()))?;

    cloud_file::write_private(&options.dir.join("ca.pem"), &authority.ca_pem)?;
    let unknown_log = options.dir.join("unknown.log");
    cloud_file::write_private(&unknown_log, "")?;

    let dir =
        std::path::absolute(&options.dir).map_err(|source| SimError::Write { path: options.dir.clone(), source })?;
    let place = Place { dir, port };
    let world = Arc::new(make_world(place, scenario));
    let stop = world.state().stop.clone();
    let front = Arc::new(Front {
        faults: Faults::new(&world.scenario.faults),
        resource_graph: ResourceGraph::default(),
        world: world.clone(),
        unknown_log,
        stop: stop.clone(),
    });
    tokio::spawn(stop.clone().run_until_cancelled_owned(keep_snapshots(front.clone())));
    let clock = world.clone();
    tokio::spawn(stop.clone().run_until_cancelled_owned(async move { schedule::run(&clock).await }));
    tokio::spawn(proxy::run(front, TlsAcceptor::from(authority.server), listener));

    let account = world.state().account.clone();
    let federated =
        federated::assertion(&account, federated::ISSUER, federated::SUBJECT, federated::AUDIENCE, federated::LIFETIME);
    cloud_file::write_private(&options.dir.join("federated-token"), &federated)?;
    let cloud_file = options.dir.join("cloud.json");
    let text = cloud_file::cloud_json(&account, port);
    cloud_file::write_private(&cloud_file, &text)?;
    Ok(Sim { cloud_file, world, _stop: stop.drop_guard(), _lock: lock })
}

/// A subscription with nothing in it but its owners.
fn make_world(place: Place, scenario: Scenario) -> World {
    let account = Account { cloud: scenario.cloud, ..Account::default() };
    let scope = account.subscription_scope();
    let owner = |principal: &str, kind: &str| RoleAssignment {
        id: format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{}", uuid::Uuid::new_v4()),
        scope: scope.clone(),
        principal: principal.to_owned(),
        principal_type: kind.into(),
        role: account::OWNER.into(),
        effective_at: OffsetDateTime::UNIX_EPOCH,
    };
    let mut assignments = vec![owner(&account.object_id, "ServicePrincipal")];
    assignments.extend(scenario.users.iter().filter(|user| user.sign_in.owner).map(|user| owner(&user.id, "User")));
    let clock = Clock::new(scenario.speed.unwrap_or(1.0));
    let state = State { account, assignments, ..State::default() };
    World { place, scenario, clock, state: Mutex::new(state) }
}

async fn keep_snapshots(front: Arc<Front>) {
    front.resource_graph.keep_snapshots(&front.world).await;
}
