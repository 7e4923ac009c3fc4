//! The directory, the team, and what an operator edits.

use std::time::Duration;

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

use crate::configs;

/// People in the directory. Two of them share a local part in different domains, and so would share a slug.
pub const PEOPLE: usize = 7;

pub fn object_id(person: usize) -> String {
    format!("00000000-0000-4000-8000-{person:012}")
}

fn local(person: usize) -> &'static str {
    ["alice", "bob", "chandra", "dana", "erin", "alice", "olga"][person]
}

/// The address that is also their user name, or the one they had before.
fn email(person: usize, is_old: bool) -> String {
    let domain = if person == 5 { "example.org" } else { "example.com" };
    match is_old {
        true => format!("{}.old@{domain}", local(person)),
        false => format!("{}@{domain}", local(person)),
    }
}

/// The name that goes with an address, as claw should derive it.
pub fn slug_of(email: &str) -> String {
    match email.split_once('@') {
        Some((_, "example.org")) => "alice-two".to_owned(),
        Some((local, _)) => local.replace('.', "-"),
        None => String::new(),
    }
}

/// What somebody's machine may be called.
pub fn machines_of(person: &str) -> Vec<String> {
    let person = (0..PEOPLE).filter(|n| object_id(*n) == person);
    person.flat_map(|n| [false, true].map(|is_old| format!("claw-{}", slug_of(&email(n, is_old))))).collect()
}

/// Whether a machine of the person with this address can be called so.
pub fn is_called(address: &str, machine: &str) -> bool {
    let has = |n: &usize| [true, false].into_iter().any(|is_old| email(*n, is_old) == address);
    (0..PEOPLE).filter(has).any(|n| machines_of(&object_id(n)).iter().any(|name| name == machine))
}

pub fn directory() -> String {
    let user = |n: usize| {
        format!(
            "[[users]]\nid = \"{}\"\nupn = \"{mail}\"\nmail = \"{mail}\"\naliases = [\"{}\"]\nname = \"{}\"\n",
            object_id(n),
            email(n, true),
            local(n),
            mail = email(n, false)
        )
    };
    (0..PEOPLE).map(user).collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: usize,
    is_old: bool,
    name: Option<String>,
    size: Option<&'static str>,
    /// Their own config, by number.
    pub config: Option<usize>,
    idle: Idle,
}

/// `idle` of the team or of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Idle {
    hours: Option<u64>,
    is_awake: bool,
}

impl Idle {
    fn draw(random: &mut StdRng) -> Self {
        Self { hours: [None, Some(2), Some(4), Some(8)][random.random_range(0..4)], is_awake: random.random_bool(0.2) }
    }

    fn json(self) -> Value {
        let mut idle = json!({});
        if let Some(hours) = self.hours {
            idle["after"] = json!(format!("{hours}h"));
        }
        if self.is_awake {
            idle["keepAwakeUntil"] = json!("2999-12-31T18:00");
        }
        idle
    }
}

impl Member {
    pub fn is(&self, person: &str) -> bool {
        object_id(self.person) == person
    }
}

#[derive(Clone, Debug, Default)]
pub struct Team {
    pub members: Vec<Member>,
    pub has_operator: bool,
    is_narrow: bool,
    /// openclaw.template.json, by number.
    pub template: Option<usize>,
    pub has_owned: bool,
    idle: Idle,
}

impl Team {
    pub fn new(random: &mut StdRng) -> Self {
        let mut team =
            Self { has_operator: random.random_bool(0.5), has_owned: random.random_bool(0.3), ..Self::default() };
        for person in 0..random.random_range(1..4) {
            team.join(person);
        }
        team
    }

    fn join(&mut self, person: usize) {
        let name = (person == 5).then(|| "alice-two".to_owned());
        self.members.push(Member { person, is_old: false, name, size: None, config: None, idle: Idle::default() });
    }

    /// One edit of team.json; says what it was.
    pub fn edit(&mut self, random: &mut StdRng) -> String {
        let absent: Vec<usize> = (0..6).filter(|p| self.members.iter().all(|m| m.person != *p)).collect();
        match random.random_range(0..14) {
            0..=2 if self.members.len() < 5 => {
                let Some(person) = absent.choose(random).copied() else { return "nothing".into() };
                self.join(person);
                format!("{} joins", local(person))
            }
            3 | 4 if self.members.len() > 1 => {
                let gone = self.members.remove(random.random_range(0..self.members.len()));
                format!("{} leaves", local(gone.person))
            }
            5 if !self.members.is_empty() => {
                let at = random.random_range(0..self.members.len());
                let member = &mut self.members[at];
                member.is_old = !member.is_old;
                format!("{} is called by another address", local(member.person))
            }
            6 => {
                self.has_operator = !self.has_operator;
                format!("operator: {}", self.has_operator)
            }
            7..=9 => {
                self.template = random.random_bool(0.9).then(|| random.random_range(0..configs::TEMPLATES));
                format!("template {:?}", self.template)
            }
            10 | 11 if !self.members.is_empty() => {
                let at = random.random_range(0..self.members.len());
                let member = &mut self.members[at];
                member.config = random.random_bool(0.8).then(|| random.random_range(0..configs::OWN));
                format!("{}'s own config {:?}", local(member.person), member.config)
            }
            12 => {
                let at = random.random_range(0..=self.members.len());
                let idle = self.members.get_mut(at).map_or(&mut self.idle, |member| &mut member.idle);
                *idle = Idle::draw(random);
                format!("{idle:?} of {at}")
            }
            _ => {
                self.is_narrow = !self.is_narrow;
                if let Some(member) = self.members.first_mut() {
                    member.size = if self.is_narrow { Some("Standard_B2ms") } else { None };
                }
                format!("network narrow: {}", self.is_narrow)
            }
        }
    }

    pub fn has(&self, person: &str) -> bool {
        self.members.iter().any(|m| object_id(m.person) == person)
    }

    pub fn emails(&self) -> Vec<String> {
        self.members.iter().map(|m| email(m.person, m.is_old)).collect()
    }

    /// How long somebody's machine must be quiet to be idle, and whether it is kept on all the same.
    pub fn idle_of(&self, person: &str) -> (Duration, bool) {
        let own = self.members.iter().find(|m| m.is(person)).map(|m| m.idle).unwrap_or_default();
        let hours = own.hours.or(self.idle.hours).unwrap_or(2);
        (Duration::from_secs(3600 * hours), own.is_awake || self.idle.is_awake)
    }

    pub fn json(&self) -> String {
        let member = |m: &Member| {
            let mut entry = json!({"email": email(m.person, m.is_old)});
            if let Some(name) = &m.name {
                entry["name"] = json!(name);
            }
            if let Some(size) = m.size {
                entry["vmSize"] = json!(size);
            }
            if let Some(number) = m.config {
                entry["config"] = configs::own(number);
            }
            if m.idle != Idle::default() {
                entry["idle"] = m.idle.json();
            }
            entry
        };
        let members: Vec<Value> = self.members.iter().map(member).collect();
        let from: &[&str] = if self.is_narrow { &["203.0.113.0/24"] } else { &[] };
        let operators: Vec<String> = self.has_operator.then(|| email(6, false)).into_iter().collect();
        json!({"members": members, "operators": operators, "network": {"sshFrom": from},
            "idle": self.idle.json(), "config": configs::owned(self.has_owned)})
        .to_string()
    }
}
