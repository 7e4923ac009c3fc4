//! `open`: a machine's gateway in the browser, through SSH, on a port of this computer's loopback address.

mod browser;
mod key_page;

use std::sync::Arc;

use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
    Event, Events, OpsError, Session,
    activity::{self, Act, Ending},
    alone,
    session::pick,
};
use crate::fleet::instance::Instance;
use key_page::KeyPage;

/// Browser connections at once, more than any browser makes to one host.
const AT_ONCE: usize = 64;

/// Where the gateway is now, until the tunnel ends. Neither link has the token in it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Opened {
    pub machine: String,
    /// The gateway; asks for its token.
    pub gateway: String,
    /// Signs the browser in. Works once, within five minutes.
    pub link: String,
    /// Whether a browser was started with the link.
    pub browser: bool,
}

/// Opens the gateway of the named machine, or of the caller's own, and keeps it open until cancelled. `told` hears
/// where it is. The token goes from the machine's memory over SSH into the browser: it is in no process's arguments,
/// in no file and on no screen.
pub async fn open(
    session: &Session,
    name: Option<&str>,
    start_browser: bool,
    events: &Events,
    cancel: &CancellationToken,
    told: impl FnOnce(&Opened),
) -> Result<(), OpsError> {
    let instance = chosen(session, name).await?;
    let act = Act::new("open").on([instance.short()]);
    let ready = activity::kept(session, act, prepare(session, &instance), |_| Ending::done("opened")).await?;
    let Ready { listener, page, mut opened } = ready;
    let served = page.serve(cancel.child_token());
    if start_browser {
        match browser::start(&opened.link) {
            Ok(()) => opened.browser = true,
            Err(why) => events.send(Event::Note { text: format!("no browser could be started: {why}") }),
        }
    }
    told(&opened);
    tokio::select! {
        () = cancel.cancelled() => {}
        () = async { tokio::join!(served, pass_on(session, &instance, &listener, events, cancel)); } => {}
    }
    Ok(())
}

struct Ready {
    listener: TcpListener,
    page: KeyPage,
    opened: Opened,
}

async fn prepare(session: &Session, instance: &Instance) -> Result<Ready, OpsError> {
    let target = session.target(instance)?;
    let token = session.remote().gateway_token(&target).await.map_err(|e| OpsError::shut_out(e, instance))?;
    let fail = |e: std::io::Error| OpsError::failed(format!("no port of 127.0.0.1 can be listened on: {e}"));
    // A port that the system picks: nobody can take it beforehand.
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(fail)?;
    let gateway = format!("http://127.0.0.1:{}/", listener.local_addr().map_err(fail)?.port());
    let page = KeyPage::bind(&gateway, token).await.map_err(fail)?;
    let link = page.link.clone();
    Ok(Ready { listener, page, opened: Opened { machine: instance.name.clone(), gateway, link, browser: false } })
}

/// The named machine; without a name the caller's own, or the only one there is.
async fn chosen(session: &Session, name: Option<&str>) -> Result<Instance, OpsError> {
    let (_, _, machines) = session.machines().await?;
    if let Some(name) = name {
        return Ok(pick(&machines.value, name)?.clone());
    }
    if let Ok(me) = alone::me(session.cloud()).await
        && let Some(own) = machines.value.iter().find(|i| i.member.as_ref() == Some(&me.person.object_id))
    {
        return Ok(own.clone());
    }
    match machines.value.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(OpsError::input("none of the machines is yours", "name one: claw open NAME")),
    }
}

/// Every connection of the browser gets a channel of its own.
async fn pass_on(
    session: &Session,
    instance: &Instance,
    listener: &TcpListener,
    events: &Events,
    cancel: &CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of files, as a rule: it passes.
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            continue;
        };
        let (session, instance, events, cancel) = (session.clone(), instance.clone(), events.clone(), cancel.clone());
        tokio::spawn(async move {
            let passing = async {
                let target = session.target(&instance)?;
                Ok::<_, OpsError>(session.remote().join_gateway(&target, stream).await?)
            };
            let ended = tokio::select! {
                () = cancel.cancelled() => Ok(()),
                ended = passing => ended,
            };
            if let Err(error) = ended {
                let (operation, remedy) = (format!("open {}", instance.short()), error.remedy.clone());
                events.send(Event::Problem { operation, message: error.to_string(), remedy });
            }
            drop(slot);
        });
    }
}
