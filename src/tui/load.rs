//! A window under load: a thousand machines that change, a hundred logs, and keys at random. Drives the same update
//! and view as the real window; for `cargo bench` and the soak.

mod plan;

use ratatui::{Terminal, backend::TestBackend};
use time::{Duration, OffsetDateTime};

use super::{
    message::{Key, Message, Mouse, MouseAct},
    state::{Screen, State},
    update::update,
    view,
};
use crate::{
    fleet::{
        instance::{Instance, PowerState, tag},
        names::Slug,
        pairing::PairingRequest,
        person::ObjectId,
        seen::Seen,
        stage::Marker,
    },
    ops::{
        Event,
        event::{Gauge, LogSource},
    },
    tui::logs::{Arrived, Feed, Said},
};

const KEYS: &[u8] = b"12345678/:&|!?*[]{}<>  abcdefghijklmnoprstuvwxyACDGNRSTWY.0";
const POWERS: [PowerState; 4] =
    [PowerState::Running, PowerState::Starting, PowerState::Deallocating, PowerState::Deallocated];

pub struct Load {
    state: State,
    terminal: Terminal<TestBackend>,
    machines: Vec<Instance>,
    /// xorshift64*: the same numbers in every run.
    dice: u64,
    lines: u64,
}

impl Load {
    /// A window that has seen so many machines.
    pub fn new(machines: usize, width: u16, height: u16) -> Result<Self, std::convert::Infallible> {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let machines = (0..machines).map(|n| instance(n, now)).collect();
        let terminal = Terminal::new(TestBackend::new(width, height))?;
        let mut load = Self { state: State::new(now), terminal, machines, dice: 0x9e37_79b9_7f4a_7c15, lines: 0 };
        load.take(Message::Resize { width, height });
        load.see();
        Ok(load)
    }

    fn roll(&mut self, below: usize) -> usize {
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        let high = self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % below.max(1)
    }

    fn take(&mut self, message: Message) {
        // What the state asks for is nobody's here.
        update(&mut self.state, message);
    }

    /// The whole inventory, as a look at Azure brings it.
    pub fn see(&mut self) {
        let machines = Seen::new(self.machines.clone(), self.state.now);
        self.take(Message::Event(Event::Machines { machines, fresh: true }));
    }

    /// Machines that change their power state, and what that brings.
    pub fn change(&mut self, count: usize) {
        for _ in 0..count {
            let (at, power) = (self.roll(self.machines.len()), self.roll(POWERS.len()));
            if let Some(machine) = self.machines.get_mut(at) {
                machine.power = Seen::new(POWERS[power], self.state.now);
            }
        }
        self.see();
    }

    /// Lines of so many logs in turn, as the runner hands them over between two frames.
    pub fn lines(&mut self, count: usize, logs: usize) {
        let mut arrived: Vec<Arrived> = Vec::new();
        for n in 0..logs {
            let said = (0..count / logs.max(1)).map(|_| self.line()).collect();
            arrived.push(Arrived { feed: self.feed(n), said, lost: 0 });
        }
        self.take(Message::Lines(arrived));
    }

    /// Lines that a log really brought.
    pub fn said(&mut self, machine: usize, lines: Vec<String>) {
        let said = lines.into_iter().map(Said::Line).collect();
        let feed = self.feed(machine);
        self.take(Message::Lines(vec![Arrived { feed, said, lost: 0 }]));
    }

    /// What is kept of such a log, oldest first, and how many lines before it had to go.
    pub fn kept(&self, machine: usize) -> (u64, Vec<&str>) {
        let Some(ring) = self.state.logs.ring(&self.feed(machine)) else { return (0, Vec::new()) };
        let lines = (0..ring.shown()).filter_map(|n| Some(ring.get(n)?.text()));
        (ring.dropped(), lines.collect())
    }

    fn feed(&self, machine: usize) -> Feed {
        Feed::of(self.machines.get(machine).map_or("", |m| &m.name), LogSource::Bootstrap)
    }

    fn line(&mut self) -> Said {
        self.lines += 1;
        Said::Line(match self.lines % 7 {
            0 => format!("ERROR step {} failed: \u{1b}[31mno route to host\u{1b}[0m", self.lines),
            1 => format!("Get:{} archive.example/ubuntu noble-updates/main amd64 Packages [1,2 kB]", self.lines),
            2 => format!("設定 {} ✔ 🙂", self.lines),
            _ => format!(
                "Unpacking libnode{}:amd64 (18.19.1+dfsg-6ubuntu5.6) over (18.19.1+dfsg-6ubuntu5.5) …",
                self.lines
            ),
        })
    }

    pub fn press_key(&mut self, key: char) {
        self.take(Message::Key(Key::Char(key)));
    }

    /// One key or click at random.
    pub fn press(&mut self) {
        let special = [Key::Enter, Key::Esc, Key::Up, Key::Down, Key::PageDown, Key::Tab, Key::Backspace, Key::Right];
        let message = match self.roll(10) {
            0..6 => Message::Key(Key::Char(char::from(KEYS[self.roll(KEYS.len())]))),
            6..9 => Message::Key(special[self.roll(special.len())]),
            _ => {
                let acts = [MouseAct::Click, MouseAct::Mark, MouseAct::WheelUp, MouseAct::WheelDown];
                let (x, y) = (self.roll(usize::from(self.state.size.0)), self.roll(usize::from(self.state.size.1)));
                let at = |n: usize| u16::try_from(n).unwrap_or(0);
                Message::Mouse(Mouse { act: acts[self.roll(acts.len())], x: at(x), y: at(y) })
            }
        };
        self.take(message);
    }

    /// Anything that can come.
    pub fn anything(&mut self) {
        let at = self.roll(self.machines.len());
        let machine = self.machines.get(at).map(|m| m.name.clone()).unwrap_or_default();
        match self.roll(100) {
            0..60 => self.press(),
            60..80 => self.lines(20, 5),
            80 => self.change(20),
            81..84 => {
                let now = self.state.now + Duration::milliseconds(500);
                self.take(Message::Tick(now));
            }
            84..88 => {
                let (w, h) = (40 + self.roll(180), 10 + self.roll(50));
                let at = |n: usize| u16::try_from(n).unwrap_or(80);
                self.resize(at(w), at(h));
            }
            88..92 => {
                let stages = ["packages", "node", "vault", "service", "ready"];
                let text = format!("claw-stage {} done 2026-11-21T11:37:42Z", stages[self.roll(stages.len())]);
                if let Some(marker) = Marker::parse(&text) {
                    self.take(Message::Event(Event::Stage { machine, marker }));
                }
            }
            92..94 => {
                let request = request(&machine, self.roll(50), self.state.now);
                self.take(Message::Event(Event::PairingRequested { request }));
            }
            94 => {
                let gauge = Gauge { requests: self.state.gauge.requests + 7, reads_max: 250, ..Gauge::default() };
                self.take(Message::Event(Event::Throttle { gauge }));
            }
            95 => {
                let message = "the cloud is slow".to_owned();
                self.take(Message::Event(Event::Problem { operation: "watch".into(), message, remedy: None }));
            }
            _ => self.take(Message::Event(Event::Gateway {
                machine,
                ok: !at.is_multiple_of(3),
                detail: "no answer".into(),
            })),
        }
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.take(Message::Resize { width, height });
    }

    /// One frame, cell by cell as the terminal would get it.
    pub fn draw(&mut self) -> Result<(), std::convert::Infallible> {
        let state = &self.state;
        self.terminal.draw(|frame| view::draw(state, frame)).map(drop)
    }

    /// Goes to a screen by its key.
    pub fn open(&mut self, key: char) {
        self.settle();
        self.take(Message::Key(Key::Char(key)));
    }

    /// Whether a few keys lead back to the fleet from wherever it is: nothing is stuck.
    pub fn settle(&mut self) -> bool {
        for _ in 0..6 {
            self.take(Message::Key(Key::Esc));
        }
        self.state.screen == Screen::Fleet && self.state.confirm.is_none() && self.state.prompt.is_none()
    }

    /// Whether every cursor stands on a line that is there.
    pub fn is_sound(&self) -> bool {
        Screen::ALL.into_iter().all(|s| self.state.at(s) <= self.state.lines(s).saturating_sub(1))
    }
}

fn instance(n: usize, now: OffsetDateTime) -> Instance {
    let slug = format!("member{n:04}");
    Instance {
        name: format!("claw-{slug}"),
        id: format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/claw-{slug}"),
        member: Some(ObjectId::new(&slug)),
        email: Some(format!("{slug}@example.com")),
        vm_size: "Standard_B2s".into(),
        power: Seen::new(PowerState::Running, now),
        provisioning: "Succeeded".into(),
        principal_id: None,
        public_ip: Some(format!("198.18.{}.{}", n / 250, n % 250 + 1)),
        dns_name: None,
        shows_entra_login: true,
        attached_disk: None,
        host_key: None,
        created: None,
        tags: [(tag::SLUG.to_owned(), slug.clone())].into(),
        slug: Slug::from_text(&slug),
    }
}

fn request(machine: &str, n: usize, now: OffsetDateTime) -> PairingRequest {
    PairingRequest {
        machine: machine.to_owned(),
        request_id: format!("request-{n}"),
        device_id: format!("device-{n}"),
        display_name: format!("Phone {n} 電話"),
        platform: "ios".into(),
        remote_ip: "203.0.113.9".into(),
        role: "operator".into(),
        scopes: vec!["operator.read".into()],
        had: Vec::new(),
        requested_at: now,
        is_repair: false,
    }
}
