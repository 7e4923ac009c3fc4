//! The first run: team.json and secrets.json made step by step, and checked while they are typed.

use serde_json::{Map, Value, json};

use crate::{
    fleet::{secrets, team},
    ops::{
        settings::{is_group, is_location},
        text::harmless,
    },
    tui::field::Field,
};

/// A text that is shown to nobody.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    #[default]
    Members,
    Group,
    Location,
    Size,
    Secrets,
    Review,
}

impl Step {
    pub const ALL: [Step; 6] = [Self::Members, Self::Group, Self::Location, Self::Size, Self::Secrets, Self::Review];

    pub fn title(self) -> &'static str {
        ["Members", "Resource group", "Location", "VM size", "Secrets", "Write both files"][self as usize]
    }

    pub fn help(self) -> &'static str {
        [
            "e-mail addresses of everyone who gets a machine, with blanks or commas between them",
            "the resource group that claw makes and owns",
            "a location's short name, such as eastus2",
            "of every machine; a member can have another in team.json",
            "NAME=value for everybody, such as ANTHROPIC_API_KEY=…; enter takes one, an empty line goes on",
            "y writes the files and plans; nothing is made in Azure before you apply",
        ][self as usize]
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    pub step: Step,
    /// What was typed for the first four steps.
    pub typed: [Field; 4],
    /// A secret that is being typed, and those that were.
    pub secret: Field,
    secrets: Vec<(String, Hidden)>,
}

impl Default for Setup {
    fn default() -> Self {
        let usual = team::FleetSettings::default();
        let typed = ["", &usual.resource_group, &usual.location, &usual.vm_size].map(Field::new);
        Self { step: Step::Members, typed, secret: Field::default(), secrets: Vec::new() }
    }
}

impl Setup {
    /// The line of this step; on the last one there is none.
    pub fn line(&mut self) -> Option<&mut Field> {
        match self.step {
            Step::Secrets => Some(&mut self.secret),
            Step::Review => None,
            step => self.typed.get_mut(step as usize),
        }
    }

    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.typed[0].text().split([' ', ',', ';', '\t']).filter(|m| !m.is_empty())
    }

    /// Names of the secrets that were taken.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(name, _)| name.as_str())
    }

    pub fn team(&self) -> String {
        let members: Vec<Value> = self.members().map(|email| json!({"email": email})).collect();
        let [_, group, location, size] = self.typed.each_ref().map(Field::text);
        let fleet = json!({"resourceGroup": group.trim(), "location": location.trim(), "vmSize": size.trim()});
        format!("{:#}\n", json!({"members": members, "fleet": fleet}))
    }

    /// secrets.json; none without a secret.
    pub fn secrets(&self) -> Option<Hidden> {
        let shared: Map<String, Value> =
            self.secrets.iter().map(|(name, value)| (name.clone(), Value::from(value.0.as_str()))).collect();
        (!shared.is_empty()).then(|| Hidden(format!("{:#}\n", json!({"shared": shared}))))
    }

    /// Why this step can't be left forwards yet.
    pub fn problem(&self) -> Option<String> {
        let [_, group, location, size] = self.typed.each_ref().map(Field::text);
        match self.step {
            Step::Members if self.members().next().is_none() => Some("nobody yet".into()),
            Step::Group if !is_group(group.trim()) => {
                Some("a group's name has at most 90 letters, digits and _ - . ( ), and no dot at the end".into())
            }
            Step::Location if !is_location(location.trim()) => Some("no short name: write it like eastus2".into()),
            Step::Size if size.trim().is_empty() => Some("a size such as Standard_B2s".into()),
            Step::Secrets => self.next_secret().err(),
            step => self.wrong_in_team(if step == Step::Members { "members" } else { "fleet" }),
        }
    }

    /// What team.json's own reader says.
    fn wrong_in_team(&self, field: &str) -> Option<String> {
        let file = match team::parse(&self.team()) {
            Ok(file) => file,
            Err(error) => return Some(harmless(&error.message)),
        };
        let problem = file.problems.into_iter().find(|p| self.step == Step::Review || p.field.starts_with(field))?;
        Some(harmless(&format!("{}: {}", problem.message, problem.remedy)))
    }

    /// The secret that is typed; `None` on an empty line.
    fn next_secret(&self) -> Result<Option<(String, Hidden)>, String> {
        let typed = self.secret.text().trim();
        if typed.is_empty() {
            return Ok(None);
        }
        // As a `.env` has them.
        let typed = typed.strip_prefix("export ").unwrap_or(typed);
        let (name, value) = typed.split_once('=').ok_or("write NAME=value")?;
        let (name, value) = (name.trim(), unquoted(value.trim()));
        // What only fills up base64 is no value: the secret itself stands before it.
        if value.trim_matches('=').is_empty() {
            return Err("it has no value yet".into());
        }
        // The reader's words may hold the value: only its judgement is taken over.
        match secrets::parse(&json!({"shared": {name: value}}).to_string()) {
            Ok(_) => Ok(Some((name.to_owned(), Hidden(value.to_owned())))),
            Err(_) => Err("a name has letters, digits and _, and does not begin with a digit".into()),
        }
    }

    /// Takes many, a line each. The last stays to be seen, and lines that are none are left out: their numbers.
    pub fn take_lines(&mut self, text: &str) -> Vec<usize> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = text.lines().enumerate();
        let lines: Vec<_> = lines.filter(|(_, l)| !l.trim().is_empty() && !l.trim_start().starts_with('#')).collect();
        let mut left_out = Vec::new();
        for (place, (n, line)) in lines.iter().enumerate() {
            self.secret.paste(line);
            let is_last = place + 1 == lines.len();
            match self.next_secret() {
                Ok(_) if !is_last => self.forward(),
                Err(_) if lines.len() > 1 => {
                    self.secret = Field::default();
                    left_out.push(n + 1);
                }
                _ => {}
            }
        }
        left_out
    }

    /// Takes what is typed and goes on, unless something is wrong with it.
    pub fn forward(&mut self) {
        if self.problem().is_some() {
            return;
        }
        if self.step == Step::Secrets
            && let Ok(Some((name, value))) = self.next_secret()
        {
            self.secrets.retain(|(n, _)| *n != name);
            self.secrets.push((name, value));
            self.secret = Field::default();
            return;
        }
        self.go(self.step as usize + 1);
    }

    pub fn back(&mut self) {
        self.go((self.step as usize).saturating_sub(1));
    }

    fn go(&mut self, to: usize) {
        self.step = Step::ALL.get(to).copied().unwrap_or(self.step);
    }
}

/// A value as it is meant: quotes around all of it are the file's.
fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// Whether a text can only be a secret's name, and may be shown: capitals, and hardly a digit. A value pasted in its
/// place may not.
pub fn is_plainly_a_name(text: &str) -> bool {
    const LONGEST: usize = 40;
    const MOST_DIGITS: usize = 2;
    let is_sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.len() <= LONGEST
        && text.chars().all(is_sign)
        && text.chars().filter(char::is_ascii_digit).count() <= MOST_DIGITS
}
