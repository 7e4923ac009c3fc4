//! Log lines from operations to the window, and the logs that are followed because somebody looks at them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    fleet::instance::Instance,
    ops::{Event, Events, Received, Session, live::live},
    tui::{
        intake::Intake,
        logs::{Feed, Said},
    },
};

/// Puts lines into the intake and passes everything else on; a flood of lines holds up nothing.
pub fn sift(mut events: Received, intake: Intake) -> mpsc::UnboundedReceiver<Event> {
    let (others, rest) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut feeds: HashMap<Feed, Arc<Feed>> = HashMap::new();
        while let Some(event) = events.recv().await {
            let (machine, source, said) = match event {
                Event::Line { machine, source, text } => (machine, source, Said::Line(text)),
                Event::LogNote { machine, source, text } => (machine, source, Said::Note(text)),
                other => match others.send(other) {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            let feed = Feed { machine, source, only: None };
            let feed = feeds.entry(feed.clone()).or_insert_with(|| Arc::new(feed));
            intake.push(feed, said);
        }
    });
    rest
}

/// The logs that are followed now.
#[derive(Default)]
pub struct Tails(HashMap<Feed, CancellationToken>);

impl Tails {
    /// Follows these and no others.
    pub fn follow(&mut self, feeds: Vec<Feed>, machines: &[Instance], session: &Session, intake: &Intake) {
        let wanted: HashSet<&Feed> = feeds.iter().collect();
        self.0.retain(|feed, token| {
            let stays = wanted.contains(feed);
            if !stays {
                token.cancel();
            }
            stays
        });
        for feed in feeds {
            let Some(instance) = machines.iter().find(|i| i.name == feed.machine).cloned() else { continue };
            if self.0.contains_key(&feed) {
                continue;
            }
            let token = CancellationToken::new();
            self.0.insert(feed.clone(), token.clone());
            tokio::spawn(run(session.clone(), instance, Arc::new(feed), intake.clone(), token));
        }
    }
}

impl Drop for Tails {
    fn drop(&mut self) {
        self.0.values().for_each(CancellationToken::cancel);
    }
}

async fn run(session: Session, instance: Instance, feed: Arc<Feed>, intake: Intake, stop: CancellationToken) {
    let (events, mut received) = Events::channel();
    let pass_on = async {
        while let Some(event) = received.recv().await {
            match event {
                Event::Line { text, .. } => intake.push(&feed, Said::Line(text)),
                Event::LogNote { text, .. } => intake.push(&feed, Said::Note(text)),
                _ => {}
            }
        }
    };
    let work = live(&session, &instance, feed.source, feed.only.as_deref(), &events);
    tokio::select! {
        () = stop.cancelled() => {}
        () = async { tokio::join!(work, pass_on) ; } => {}
    }
}
