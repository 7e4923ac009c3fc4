//! The way of events from operations to a face. Log lines may come without end: who sends them waits for whoever reads.

use std::sync::Arc;

use tokio::sync::{
    Semaphore,
    mpsc::{self, error::TryRecvError},
};

use super::event::{Event, LogSource};

/// Bytes of lines that wait for a reader; a line costs something beside its text.
const ROOM: u32 = 4 << 20;
const OVERHEAD: usize = 256;

/// Where operations put their events. Dropping the receiver is not an error.
#[derive(Clone, Debug)]
pub struct Events {
    sender: mpsc::UnboundedSender<Event>,
    room: Arc<Semaphore>,
}

/// Where a face takes them.
#[derive(Debug)]
pub struct Received {
    receiver: mpsc::UnboundedReceiver<Event>,
    room: Arc<Semaphore>,
}

impl Events {
    pub fn channel() -> (Self, Received) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(ROOM as usize));
        (Self { sender, room: Arc::clone(&room) }, Received { receiver, room })
    }

    pub fn send(&self, event: Event) {
        // A face that went away is no reason to stop working.
        let _ = self.sender.send(event);
    }

    /// Waits while more lines wait than a face can read: the machine that sends them is held up, not memory filled.
    pub async fn line(&self, machine: &str, source: LogSource, text: String) {
        if let Ok(permit) = self.room.acquire_many(weight(&text)).await {
            permit.forget();
            self.send(Event::Line { machine: machine.to_owned(), source, text });
        }
    }
}

impl Received {
    /// The next event; `None` once nobody can send any more.
    pub async fn recv(&mut self) -> Option<Event> {
        let event = self.receiver.recv().await;
        event.inspect(|event| self.taken(event))
    }

    /// # Errors
    /// Nothing has come yet, or nobody can send any more.
    pub fn try_recv(&mut self) -> Result<Event, TryRecvError> {
        let event = self.receiver.try_recv();
        event.inspect(|event| self.taken(event))
    }

    fn taken(&self, event: &Event) {
        if let Event::Line { text, .. } = event {
            self.room.add_permits(weight(text) as usize);
        }
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.room.close();
    }
}

fn weight(text: &str) -> u32 {
    u32::try_from(text.len() + OVERHEAD).unwrap_or(ROOM).min(ROOM)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_sends_lines_waits_for_who_reads_them() {
        let (events, mut received) = Events::channel();
        let line = || events.line("claw-alice", LogSource::Gateway, "x".repeat(1 << 20));
        let sent = std::iter::repeat_with(|| line().now_or_never()).take_while(Option::is_some).count();
        assert_eq!(sent, 3);
        // Anything else is never held up.
        events.send(Event::Note { text: "still here".into() });
        let waits = line();
        tokio::pin!(waits);
        assert_eq!(waits.as_mut().now_or_never(), None);
        assert!(matches!(received.recv().await, Some(Event::Line { .. })));
        assert_eq!(waits.now_or_never(), Some(()), "there is room again");
        assert!(received.try_recv().is_ok());
        let longer = "x".repeat(64 << 20);
        let waits = events.line("claw-alice", LogSource::Gateway, longer);
        drop(received);
        assert_eq!(waits.now_or_never(), Some(()), "nobody reads: nothing to wait for");
    }
}
