//! One running machine: its bootstrap log, and its gateway once it answers.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::{
    fleet::{instance::Instance, names::Names},
    ops::{Event, Events, OpsError, Session, gateway, seam::Follower, tail::follow},
};

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(15);
/// A gateway that can't push is asked this often; one that can is asked in case a push went astray.
const REFRESH: Duration = Duration::from_secs(30);
const REFRESH_PUSHED: Duration = Duration::from_secs(300);

/// Runs until dropped.
pub async fn keep(
    session: &Session,
    names: &Names,
    instance: &Instance,
    follower: Arc<Mutex<Follower>>,
    is_one_of_many: bool,
    events: &Events,
) {
    let log = async {
        let mut follower = follower.lock().await;
        follower.until_ready = is_one_of_many;
        while !follower.is_ready {
            follow(session, names, instance, &mut follower, events).await;
            tokio::time::sleep(LONGEST_RETRY).await;
        }
    };
    tokio::join!(log, keep_gateway(session, names, instance, events));
}

async fn keep_gateway(session: &Session, names: &Names, instance: &Instance, events: &Events) {
    let mut instance = instance.clone();
    let (mut pause, mut last) = (FIRST_RETRY, None);
    loop {
        if instance.host_key.is_none()
            && let Ok(Some(fresh)) = session.cloud().machine(names, &instance.name).await
        {
            instance = fresh;
        }
        if instance.host_key.is_some() {
            let result = serve(session, &instance, events, &mut last).await;
            let detail = result.err().map_or_else(|| "closed".to_owned(), |e| e.to_string());
            if last.as_deref() == Some("ok") {
                pause = FIRST_RETRY;
            }
            if last.as_ref() != Some(&detail) {
                events.send(Event::Gateway { machine: instance.name.clone(), ok: false, detail: detail.clone() });
                last = Some(detail);
            }
        }
        // A VM may be read 12 times a minute (azure.md §2.3): never faster than every five seconds without a key.
        let wait = if instance.host_key.is_none() { Duration::from_secs(6) } else { pause };
        tokio::time::sleep(wait).await;
        pause = (pause * 2).min(LONGEST_RETRY);
    }
}

async fn serve(
    session: &Session,
    instance: &Instance,
    events: &Events,
    last: &mut Option<String>,
) -> Result<(), OpsError> {
    let gateway = gateway::connect(session, instance).await?;
    let mut pushed = gateway.events();
    let machine = &instance.name;
    list(&gateway, machine, events).await?;
    events.send(Event::Gateway { machine: machine.clone(), ok: true, detail: "healthy".into() });
    if let Some(version) = gateway.version() {
        events.send(Event::Version { machine: machine.clone(), version: version.to_owned() });
    }
    *last = Some("ok".into());
    // By the command line there is nothing to listen to.
    while !gateway.pushes() {
        tokio::time::sleep(REFRESH).await;
        list(&gateway, machine, events).await?;
    }
    loop {
        tokio::select! {
            reason = gateway.closed() => return Err(OpsError::failed(reason)),
            () = tokio::time::sleep(REFRESH_PUSHED) => list(&gateway, machine, events).await?,
            event = pushed.recv() => match event {
                Ok(event) => {
                    tell(machine, &event.event, &event.payload, events);
                    if event.event.starts_with("device.pair.") {
                        list(&gateway, machine, events).await?;
                    }
                }
                // Some were missed: the whole list makes up for them.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => list(&gateway, machine, events).await?,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return Ok(()),
            },
        }
    }
}

async fn list(gateway: &crate::remote::Gateway, machine: &str, events: &Events) -> Result<(), OpsError> {
    let (pending, paired) = gateway::devices(gateway, machine, OffsetDateTime::now_utc()).await?;
    events.send(Event::Devices { machine: machine.to_owned(), pending, paired });
    Ok(())
}

fn tell(machine: &str, event: &str, payload: &Value, events: &Events) {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match event {
        "device.pair.requested" => {
            if let Some(request) = gateway::request(machine, payload) {
                events.send(Event::PairingRequested { request });
            }
        }
        "device.pair.resolved" => events.send(Event::PairingResolved {
            machine: machine.to_owned(),
            request_id: text("requestId"),
            decision: text("decision"),
        }),
        _ => {}
    }
}
