//! One entry of `members`.

use serde_json::{Map, Value, value::RawValue};

use super::{
    Problem,
    block::{NO_OBJECT, in_words, remedy},
    place::{kind, line_of, nearest},
    policy::misplaced,
};
use crate::fleet::{group::GroupEntry, idle::policy::IdleOverride, member::Member, names::Slug};

const FIELDS: [&str; 6] = ["email", "name", "vmSize", "config", "idle", "group"];
const GROUP_FIELDS: [&str; 2] = ["group", "vmSize"];

/// What `members` holds.
#[derive(Default)]
pub struct Entries {
    pub members: Vec<Member>,
    pub groups: Vec<GroupEntry>,
    /// Addresses of entries with problems, where they have one.
    pub left_out: Vec<String>,
}

enum Entry {
    Person(Member),
    Group(GroupEntry),
}

/// Every entry that is right; the others become problems.
pub fn entries(text: &str, entries: &[&RawValue], problems: &mut Vec<Problem>) -> Entries {
    let mut read = Entries::default();
    for (index, raw) in entries.iter().enumerate() {
        let mut reader = Reader { line: line_of(text, raw), index, problems: Vec::new() };
        match (reader.entry(raw), reader.problems.is_empty()) {
            (Some(Entry::Person(member)), true) => read.members.push(member),
            (Some(Entry::Person(member)), false) => read.left_out.push(member.email),
            (Some(Entry::Group(group)), true) => read.groups.push(group),
            _ => {}
        }
        problems.append(&mut reader.problems);
    }
    read
}

/// Something with a local part, an `@` and a domain, free of blanks and control characters.
pub fn looks_like_email(text: &str) -> bool {
    let clean = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = text.rsplit_once('@');
    clean && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.starts_with('.'))
}

struct Reader {
    line: usize,
    index: usize,
    problems: Vec<Problem>,
}

impl Reader {
    fn complain(&mut self, field: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let field = if field.is_empty() { String::new() } else { format!(".{field}") };
        self.problems.push(Problem {
            line: self.line,
            field: format!("members[{}]{field}", self.index),
            message: message.into(),
            remedy: remedy.into(),
            hides_a_member: true,
        });
    }

    fn entry(&mut self, raw: &RawValue) -> Option<Entry> {
        let Ok(Value::Object(fields)) = serde_json::from_str(raw.get()) else {
            self.complain("", "a member must be an object", r#"write {"email": "alice@example.com"}"#);
            return None;
        };
        if fields.contains_key("group") {
            return self.group(&fields).map(Entry::Group);
        }
        self.member(&fields).map(Entry::Person)
    }

    fn group(&mut self, fields: &Map<String, Value>) -> Option<GroupEntry> {
        for name in fields.keys().filter(|n| !GROUP_FIELDS.contains(&n.as_str())) {
            let remedy = match FIELDS.contains(&name.as_str()) {
                true => "give a person who needs it an entry of their own".to_owned(),
                false => nearest(name, &GROUP_FIELDS),
            };
            self.complain(name, format!("`{name}` is no field of a group"), remedy);
        }
        let group = self.text(fields, "group")?.trim().to_owned();
        // Entra's own limit for a display name.
        if group.is_empty() || group.chars().count() > 256 || group.chars().any(char::is_control) {
            self.complain("group", "this is no name of a group", "write its display name or its object ID");
        }
        Some(GroupEntry { group, vm_size: self.vm_size(fields), index: self.index, line: self.line })
    }

    fn member(&mut self, fields: &Map<String, Value>) -> Option<Member> {
        for name in fields.keys().filter(|n| !FIELDS.contains(&n.as_str())) {
            if name == "secrets" {
                self.complain(name, "team.json must hold no secrets", "put them under `members` in secrets.json");
            } else {
                let remedy = misplaced(name).unwrap_or_else(|| nearest(name, &FIELDS));
                self.complain(name, format!("`{name}` is no field of a member"), remedy);
            }
        }
        let email = self.text(fields, "email").map(str::trim).unwrap_or_default().to_owned();
        if email.is_empty() {
            if self.problems.is_empty() {
                self.complain("email", "the e-mail is missing or empty", "write the member's mail address");
            }
            return None;
        }
        if !looks_like_email(&email) {
            self.complain("email", format!("`{email}` is no e-mail address"), "write it like alice@example.com");
            return None;
        }
        let slug = self.slug(fields, &email)?;
        Some(Member {
            vm_size: self.vm_size(fields),
            config: self.config(fields),
            idle: self.idle(fields),
            line: self.line,
            email,
            slug,
        })
    }

    fn text<'a>(&mut self, fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
        let value = fields.get(name)?;
        if value.as_str().is_none() {
            self.complain(name, format!("`{name}` must be text, not {}", kind(value)), "put it in quotes");
        }
        value.as_str()
    }

    fn slug(&mut self, fields: &Map<String, Value>, email: &str) -> Option<Slug> {
        let name = self.text(fields, "name");
        let source = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default());
        let slug = Slug::from_text(source);
        if slug.is_none() {
            let message = match source.chars().any(|c| c.is_ascii_alphanumeric()) {
                true => format!("`{source}` is a name that claw keeps for what the team shares"),
                false => format!("`{source}` has no letter or digit to name a machine after"),
            };
            self.complain("name", message, "give the member another `name`, of letters and digits");
        }
        slug
    }

    fn vm_size(&mut self, fields: &Map<String, Value>) -> Option<String> {
        let size = self.text(fields, "vmSize")?;
        let good = !size.is_empty() && size.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !good {
            self.complain("vmSize", format!("`{size}` is no VM size"), "write it like Standard_B2s");
        }
        Some(size.to_owned())
    }

    fn config(&mut self, fields: &Map<String, Value>) -> Option<Value> {
        let config = fields.get("config")?;
        if let Err(error) = crate::fleet::config::check(config) {
            self.complain("config", error.to_string(), error.remedy());
        }
        Some(config.clone())
    }

    fn idle(&mut self, fields: &Map<String, Value>) -> IdleOverride {
        let Some(idle) = fields.get("idle") else { return IdleOverride::default() };
        if idle.is_array() {
            self.complain("idle", NO_OBJECT, remedy("idle", "idle", NO_OBJECT));
            return IdleOverride::default();
        }
        match serde_path_to_error::deserialize::<_, IdleOverride>(idle) {
            Err(error) => {
                let path = error.path().to_string();
                let field = if path == "." { "idle".to_owned() } else { format!("idle.{path}") };
                let message = in_words(&error.inner().to_string());
                let remedy = remedy("idle", &field, &message);
                self.complain(&field, message, remedy);
            }
            Ok(IdleOverride { after: Some(after), .. }) if after < super::SHORTEST_IDLE => {
                self.complain("idle.after", super::TOO_SHORT, r#"write {"after": "2h"}"#);
            }
            Ok(own) => return own,
        }
        IdleOverride::default()
    }
}
