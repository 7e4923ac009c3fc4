//! What happened to a machine while the window was open, and what its log and Azure say of before.

use std::collections::VecDeque;

use time::OffsetDateTime;

use crate::{
    fleet::{
        instance::{Instance, PowerState},
        stage::{Mark, Marker},
    },
    ops::Event,
};

/// Kept of one machine; the oldest go.
const KEPT: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: OffsetDateTime,
    pub words: String,
    pub bad: bool,
}

#[derive(Clone, Debug, Default)]
pub struct History {
    moments: VecDeque<Moment>,
    power: Option<PowerState>,
    gateway: Option<bool>,
}

impl History {
    /// Newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().rev()
    }

    pub fn len(&self) -> usize {
        self.moments.len()
    }

    fn add(&mut self, at: OffsetDateTime, words: String, bad: bool) {
        let moment = Moment { at, words, bad };
        // Markers come again when a log is read again.
        if self.moments.contains(&moment) {
            return;
        }
        let place = self.moments.partition_point(|m| m.at <= at);
        self.moments.insert(place, moment);
        if self.moments.len() > KEPT {
            self.moments.pop_front();
        }
    }

    /// A new picture of the machine.
    pub fn see(&mut self, instance: &Instance) {
        if let Some(created) = instance.created {
            self.add(created, "created".into(), false);
        }
        let power = instance.power.value;
        if self.power != Some(power) {
            let before = self.power.map(|p| format!(", was {}", p.word())).unwrap_or_default();
            let first = if self.power.is_none() { "seen as " } else { "" };
            self.add(instance.power.at, format!("{first}{}{before}", power.word()), false);
            self.power = Some(power);
        }
    }

    /// What an event says of this machine.
    pub fn note(&mut self, event: &Event, now: OffsetDateTime) {
        match event {
            Event::Stage { marker, .. } => self.stage(marker),
            Event::Gateway { ok, detail, .. } if self.gateway != Some(*ok) => {
                self.gateway = Some(*ok);
                let words = if *ok { "the gateway answers".to_owned() } else { format!("no gateway: {detail}") };
                self.add(now, words, false);
            }
            Event::PairingRequested { request } => {
                let words = format!("{} asks to be paired ({})", request.display_name, request.remote_ip);
                self.add(request.requested_at, words, false);
            }
            Event::PairingResolved { decision, .. } => self.add(now, format!("a pairing was {decision}"), false),
            Event::ConfigPushed { changes, .. } => self.add(now, format!("config pushed, {changes} values"), false),
            Event::ConfigFailed { error, .. } => self.add(now, format!("config not pushed: {error}"), true),
            Event::Idle { verdict, .. } => self.add(now, format!("asked who uses it: {}", verdict.reason), false),
            _ => {}
        }
    }

    fn stage(&mut self, marker: &Marker) {
        let (stage, text) = (marker.stage.word(), &marker.text);
        match marker.mark {
            Mark::Begin => self.add(marker.at, format!("bootstrap: {stage} begins"), false),
            Mark::Done => self.add(marker.at, format!("bootstrap: {stage} done"), false),
            Mark::Failed => self.add(marker.at, format!("bootstrap: {stage} failed: {text}"), true),
        }
    }
}

/// The machine that an event is about, where its history cares.
pub fn machine_of(event: &Event) -> Option<&str> {
    match event {
        Event::Stage { machine, .. }
        | Event::Gateway { machine, .. }
        | Event::PairingResolved { machine, .. }
        | Event::ConfigPushed { machine, .. }
        | Event::ConfigFailed { machine, .. }
        | Event::Idle { machine, .. } => Some(machine),
        Event::PairingRequested { request } => Some(&request.machine),
        _ => None,
    }
}
