//! A state as it looks in the middle of a day.

use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    fleet::desired::{Desired, DesiredMember},
    fleet::{
        config::Change,
        cost::{self, Cost, Micros, Prices},
        idle::{Activity, policy::IdleSettings, verdict},
        instance::{Instance, PowerState, tag},
        names::{Names, Slug},
        observed::Observed,
        pairing::PairingRequest,
        person::{ObjectId, Person, Resolution},
        plan::PlanOptions,
        seen::Seen,
        stage::Marker,
        step::StepId,
        team,
    },
    ops::{
        Event,
        config_push::{ConfigPlan, MachineDiff},
        idle::MachineVerdict,
        sync::{Goal, Planned},
    },
    tui::{
        message::{Key, Message},
        state::State,
        update::update,
    },
};

pub const NOW: OffsetDateTime = datetime!(2026-11-21 12:26:00 UTC);
const NAMES: [&str; 5] = ["alice", "bob", "chandra", "dana", "erin"];

pub fn send(state: &mut State, message: Message) -> Vec<crate::tui::message::Command> {
    update(state, message)
}

pub fn key(state: &mut State, keys: &str) -> Vec<crate::tui::message::Command> {
    keys.chars().flat_map(|c| send(state, Message::Key(Key::Char(c)))).collect()
}

pub fn empty() -> State {
    State::new(NOW)
}

fn instance(n: usize, name: &str, power: PowerState) -> Instance {
    Instance {
        name: format!("claw-{name}"),
        id: format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/claw-{name}"),
        member: Some(ObjectId::new(name)),
        slug: Slug::from_text(name),
        email: Some(format!("{name}@example.com")),
        vm_size: "Standard_B2s".into(),
        power: Seen::new(power, NOW - Duration::seconds(4)),
        provisioning: "Succeeded".into(),
        principal_id: None,
        public_ip: Some(format!("198.18.0.{}", n + 1)),
        dns_name: None,
        shows_entra_login: true,
        attached_disk: None,
        host_key: None,
        created: None,
        tags: [(tag::SLUG.to_owned(), name.to_owned())].into(),
    }
}

pub fn machines(power: impl Fn(usize) -> PowerState) -> Message {
    let all = NAMES.iter().enumerate().map(|(n, name)| instance(n, name, power(n))).collect();
    Message::Event(Event::Machines { machines: Seen::new(all, NOW - Duration::seconds(4)), fresh: true })
}

fn line(machine: &str, text: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    if let Some(marker) = Marker::parse(text) {
        messages.push(Message::Event(Event::Stage { machine: machine.into(), marker }));
    }
    let source = crate::ops::event::LogSource::Bootstrap;
    messages.push(Message::Event(Event::Line { machine: machine.into(), source, text: text.into() }));
    messages
}

/// Standard_B2ms has no price.
fn prices() -> Prices {
    let machine_hour = [("Standard_B2s".to_owned(), Micros(41_600))].into();
    let (disk_month, address_hour) = (Some(Micros(1_536_000)), Some(Micros(5_000)));
    Prices { currency: "USD".into(), machine_hour, disk_month, address_hour }
}

pub fn planned() -> State {
    let file = team::parse(include_str!("../../../team.example.json")).unwrap();
    let members = file.team.members.into_iter().map(|member| {
        let id = ObjectId::new(member.slug.as_str());
        let person = Person { object_id: id, user_principal_name: member.email.clone(), display_name: String::new() };
        DesiredMember { member, resolution: Resolution::Found { person } }
    });
    let mut members: Vec<_> = members.collect();
    members[3].resolution = Resolution::NotFound;
    let names = Names { subscription: "s".into(), resource_group: "openclaw-rg".into(), location: "eastus2".into() };
    let desired = Desired {
        members,
        shutdowns: Some(Default::default()),
        infra_fingerprint: "f".into(),
        ..Desired::nobody(names)
    };
    let observed = Observed {
        group: Some(Seen::new(false, NOW)),
        resources: Some(Seen::new(Vec::new(), NOW)),
        instances: Some(Seen::new(Vec::new(), NOW)),
        assignments: Some(Seen::new(Vec::new(), NOW)),
        ..Observed::default()
    };
    let goal = Goal::Up { options: PlanOptions::default(), from: Vec::new() };
    let plan = goal.plan(&desired, &observed);
    let cost = Cost::Known(cost::of_plan(&plan.steps, &observed, &prices()));
    let mut state = empty();
    send(&mut state, Message::Planned(Box::new(Planned { goal, desired, observed, plan, cost, problems: Vec::new() })));
    key(&mut state, "2");
    state
}

pub fn failing() -> State {
    let mut state = planned();
    key(&mut state, "ay");
    let step = |id: &str| StepId(id.into());
    for event in [
        Event::StepStarted { step: step("ensure-group/openclaw-rg") },
        Event::StepDone { step: step("ensure-group/openclaw-rg"), seconds: 0.4 },
        Event::StepStarted { step: step("create-machine/claw-alice") },
        Event::StepProgress { step: step("create-machine/claw-alice"), message: "running".into() },
        Event::StepFailed {
            step: step("create-machine/claw-bob"),
            error: "deploy claw-bob: Allocation failed. (AllocationFailed)".into(),
            remedy: Some("try another size or region".into()),
        },
        Event::StepSkipped { step: step("pin-host-key/claw-bob"), because: step("create-machine/claw-bob") },
    ] {
        send(&mut state, Message::Event(event));
    }
    state
}

pub fn bootstrapping() -> State {
    let mut state = empty();
    send(&mut state, machines(|n| if n == 4 { PowerState::Unknown } else { PowerState::Running }));
    for (machine, text) in [
        ("claw-alice", "claw-stage packages begin 2026-11-21T12:24:00Z"),
        ("claw-alice", "Setting up \u{1b}[32mnpm\u{1b}[0m (9.2.0) \u{7}… 設定"),
        ("claw-alice", "claw-stage packages done 2026-11-21T12:25:00Z"),
        ("claw-alice", "claw-stage node begin 2026-11-21T12:25:00Z"),
        ("claw-bob", "claw-stage vault failed 2026-11-21T12:25:00Z exit 1: no access; claw up grants it"),
        ("claw-chandra", "claw-stage ready done 2026-11-21T12:25:00Z"),
    ] {
        for message in line(machine, text) {
            send(&mut state, message);
        }
    }
    state
}

pub fn ready() -> State {
    let mut state = empty();
    send(&mut state, machines(|n| if n == 4 { PowerState::Deallocated } else { PowerState::Running }));
    for name in &NAMES[..4] {
        let machine = format!("claw-{name}");
        for message in line(&machine, "claw-stage ready done 2026-11-21T12:25:00Z") {
            send(&mut state, message);
        }
        send(&mut state, Message::Event(Event::Gateway { machine, ok: true, detail: "healthy".into() }));
    }
    let request = |n: i64, machine: &str, device: &str| PairingRequest {
        machine: machine.into(),
        request_id: format!("4651b189-000{n}"),
        device_id: "d".into(),
        display_name: device.into(),
        platform: "ios".into(),
        role: "operator".into(),
        scopes: vec!["operator.read".into(), "operator.write".into()],
        had: Vec::new(),
        remote_ip: "203.0.113.24".into(),
        is_repair: n == 2,
        requested_at: NOW - Duration::seconds(60 * n),
    };
    for request in [request(1, "claw-alice", "Alice's iPhone"), request(2, "claw-bob", "Bob's \u{1b}[2J電話")] {
        send(&mut state, Message::Event(Event::PairingRequested { request }));
    }
    state
}

pub fn diffed() -> State {
    let mut state = ready();
    let change = Change {
        path: "agents.defaults.heartbeat.every".into(),
        before: Some("30m".into()),
        after: Some("15m".into()),
    };
    let diff = |machine: &str, changes: Vec<Change>| MachineDiff {
        machine: machine.into(),
        changes,
        base_hash: "h".into(),
        patch: serde_json::Value::Null,
    };
    let machines = vec![diff("claw-alice", vec![change]), diff("claw-bob", Vec::new())];
    let unreachable = vec![("claw-dana".to_owned(), "nothing answers".to_owned())];
    send(&mut state, Message::Diffed(ConfigPlan { machines, unreachable, ..ConfigPlan::default() }));
    key(&mut state, "5");
    state
}

pub fn judged() -> State {
    let mut state = ready();
    let after = std::time::Duration::from_secs(7200);
    let quiet = Activity {
        last_interaction: Some(NOW - Duration::minutes(192)),
        up_since: Some(NOW - Duration::hours(9)),
        ..Activity::default()
    };
    let one = |machine: &str, activity: Option<&Activity>| MachineVerdict {
        machine: machine.into(),
        verdict: verdict(&IdleSettings { after, ..IdleSettings::default() }, activity, NOW),
        deallocated: false,
    };
    let busy = Activity { devices_connected: 1, ..quiet.clone() };
    let verdicts = vec![one("claw-alice", Some(&busy)), one("claw-bob", Some(&quiet)), one("claw-dana", None)];
    send(&mut state, Message::Verdicts(verdicts));
    key(&mut state, "6");
    state
}

pub fn recorded() -> State {
    use crate::ops::activity::{Entry, Record, State as Came};
    let mut state = ready();
    let entry = |n: i64, command: &str, came: Came, words: &str| Entry {
        id: n.to_string(),
        at: NOW - Duration::minutes(7 * n),
        ended: (came != Came::Begun).then(|| NOW - Duration::minutes(7 * n) + Duration::seconds(42)),
        who: "ann".into(),
        signed_in: (n != 2).then(|| "ann@example.com".into()),
        what: command.split(' ').nth(1).unwrap().into(),
        targets: command.split(' ').skip(2).map(str::to_owned).collect(),
        command: command.into(),
        state: came,
        words: words.into(),
    };
    let entries = vec![
        entry(5, "claw up", Came::Partial, "create-machine/claw-bob: Allocation failed."),
        entry(4, "claw stop alice", Came::Done, "1 done"),
        entry(
            3,
            "claw devices approve 4651b189-0001 --machine alice",
            Came::Done,
            "Alice's \u{1b}[2J電話 at claw-alice",
        ),
        entry(2, "claw down", Came::Refused, "this is a --read-only session"),
        entry(1, "claw exec --all -- …", Came::Begun, ""),
    ];
    assert_eq!(key(&mut state, "7"), [crate::tui::message::Command::ReadActivity]);
    send(&mut state, Message::Activity(Record { entries, unreadable: 0 }));
    state
}
