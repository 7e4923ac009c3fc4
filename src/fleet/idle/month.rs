//! Thirty days of fifty members, every five minutes: nobody's machine is stopped while they use it.

use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    Activity, IdleState, Job,
    policy::{IdleOverride, IdleSettings, Jobs},
    verdict,
    zone::Zone,
};

/// Clocks go back in Berlin on 25 October and in New York on 1 November.
const BEGIN: OffsetDateTime = datetime!(2026-10-10 00:00 UTC);
const STEP: Duration = Duration::minutes(5);
const STEPS: i32 = 30 * 24 * 12;

#[derive(Clone, Copy, PartialEq)]
enum Habit {
    /// Talks to the gateway in the day.
    Office,
    /// Talks to it around midnight.
    Night,
    /// Works over SSH in the day.
    Shell,
    /// Has a device connected in the day.
    Device,
    /// Came once. Heartbeats go on, and a job that may wait.
    Once,
    /// Like the first, with a job at 3 in the morning that may not wait.
    Job,
}

struct Member {
    habit: Habit,
    policy: IdleSettings,
    ahead: Duration,
    /// Can't be reached for four hours of every third day.
    falters: bool,
    uses: Vec<(OffsetDateTime, OffsetDateTime)>,
    up_since: Option<OffsetDateTime>,
    talked: Option<OffsetDateTime>,
    device_seen: Option<OffsetDateTime>,
    logged_in: Option<OffsetDateTime>,
    last_used: OffsetDateTime,
    off_steps: i32,
    stops: u32,
    /// Until when the policy said that no job would fall due.
    promised: OffsetDateTime,
    missed: u32,
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % n).unwrap()
    }
}

fn member(n: usize, dice: &mut Dice) -> Member {
    use Habit::{Device, Job, Night, Office, Once, Shell};
    let habit = [Office, Office, Office, Shell, Device, Office, Night, Once, Job, Office][n % 10];
    let zone = ["Europe/Berlin", "America/New_York", "Asia/Kolkata"][n % 3];
    let zone = Zone::try_from(zone.to_owned()).unwrap();
    let mut own = IdleOverride { time_zone: Some(zone.clone()), ..IdleOverride::default() };
    own.jobs = (habit == Once).then_some(Jobs::Ignore);
    own.keep_awake_until = (n == 12).then(|| "2026-10-20T12:00".parse().unwrap());
    let team = match n % 2 {
        0 => "{}",
        _ => r#"{"workingHours": "09:00-12:00", "daysOff": ["sat", "sun", "2026-10-26"]}"#,
    };
    let mut uses = Vec::new();
    for day in 0..30 {
        let date = zone.at(BEGIN + Duration::days(day)).date();
        let is_weekend = matches!(date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        let hours: &[i8] = match habit {
            Once if day > 0 => &[],
            Night => &[22, 0],
            _ if is_weekend && dice.below(6) > 0 => &[],
            _ if dice.below(8) == 0 => &[9, 13, 20],
            _ => &[9, 14],
        };
        for hour in hours {
            let start = zone.moment(date.at(*hour, 0, 0, 0)) + Duration::minutes(dice.below(60));
            uses.push((start, start + Duration::minutes(20 + dice.below(100))));
        }
    }
    Member {
        habit,
        policy: serde_json::from_str::<IdleSettings>(team).unwrap().with(&own),
        ahead: Duration::minutes([0, 0, 160, 0, 0, -160, 0][n % 7]),
        falters: n % 11 == 4,
        uses,
        up_since: Some(BEGIN),
        talked: None,
        device_seen: None,
        logged_in: None,
        last_used: BEGIN,
        off_steps: 0,
        stops: 0,
        promised: BEGIN,
        missed: 0,
    }
}

impl Member {
    /// The next 3 in the morning.
    fn job(&self, now: OffsetDateTime) -> OffsetDateTime {
        let today = self.policy.time_zone.at(now).date();
        let at = |day: jiff::civil::Date| self.policy.time_zone.moment(day.at(3, 0, 0, 0));
        if at(today) > now { at(today) } else { at(today.tomorrow().unwrap()) }
    }

    /// As the machine tells it, by its own clock.
    fn activity(&self, now: OffsetDateTime, in_use: bool) -> Option<Activity> {
        let day = (now - BEGIN).whole_days();
        if self.falters && day % 3 == 0 && (12..16).contains(&now.hour()) {
            return None;
        }
        let there = |at: OffsetDateTime| at + self.ahead;
        let has_job = matches!(self.habit, Habit::Job | Habit::Once);
        Some(Activity {
            last_interaction: self.talked.map(there),
            devices_connected: usize::from(in_use && self.habit == Habit::Device),
            last_device_seen: self.device_seen.map(there),
            logins: usize::from(in_use && self.habit == Habit::Shell),
            last_login: self.logged_in.map(there),
            up_since: self.up_since.map(there),
            ahead_seconds: self.ahead.whole_seconds(),
            jobs: has_job.then(|| Job { name: "digest".into(), due: there(self.job(now)) }).into_iter().collect(),
        })
    }

    fn step(&mut self, now: OffsetDateTime) {
        let in_use = self.uses.iter().any(|(from, to)| (*from..*to).contains(&now));
        let job_fell_due = self.habit == Habit::Job && self.job(now - STEP) <= now;
        self.missed += u32::from(job_fell_due && self.up_since.is_none() && now < self.promised);
        if in_use {
            self.last_used = now;
            self.up_since = self.up_since.or(Some(now));
            match self.habit {
                Habit::Shell => self.logged_in = Some(now),
                Habit::Device => self.device_seen = Some(now),
                _ => self.talked = Some(now),
            }
        }
        if self.up_since.is_none() {
            self.off_steps += 1;
            return;
        }
        let activity = self.activity(now, in_use);
        let verdict = verdict(&self.policy, activity.as_ref(), now);
        if verdict.state != IdleState::Idle {
            return;
        }
        assert!(activity.is_some() && !in_use, "{now}: {}", verdict.reason);
        assert!(now - self.last_used >= Duration::hours(2), "{now}: {}", verdict.reason);
        assert!(self.policy.working_until(now).is_none() && self.policy.awake_until(now).is_none(), "{now}");
        (self.up_since, self.stops) = (None, self.stops + 1);
        self.promised = self.policy.wanted_again(now);
    }
}

#[test]
fn in_thirty_days_no_machine_is_stopped_while_it_is_used() {
    let mut dice = Dice(7);
    let mut members: Vec<Member> = (0..50).map(|n| member(n, &mut dice)).collect();
    for step in 0..STEPS {
        members.iter_mut().for_each(|member| member.step(BEGIN + STEP * step));
    }
    let hours = |steps: i32| f64::from(steps) / 12.0;
    let all = hours(STEPS) * 50.0;
    let saved: f64 = members.iter().map(|m| hours(m.off_steps)).sum();
    let stops: u32 = members.iter().map(|m| m.stops).sum();
    eprintln!("30 days, 50 members: {all:.0} machine hours, {saved:.0} saved by {stops} stops");
    assert!(saved > all * 0.4, "{saved} of {all} hours saved");
    assert_eq!(members.iter().map(|m| m.missed).sum::<u32>(), 0, "jobs that found their machine off");
    assert!(members.iter().filter(|m| m.habit == Habit::Once).all(|m| hours(m.off_steps) > 680.0));
    assert!(members.iter().filter(|m| m.habit == Habit::Office).all(|m| m.stops > 10));
}
