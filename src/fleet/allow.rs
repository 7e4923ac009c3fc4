//! Named ways in: security rules that `claw allow` adds and removes, one at a time.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::names::Names;

/// Rules of this name are `claw allow`'s.
const PREFIX: &str = "claw-allow-";
/// Between the range and the machine; no range has it.
const FOR: &str = "-for-";
/// The template's own rule has 1000; Azure takes up to 4096.
const PRIORITIES: std::ops::RangeInclusive<u32> = 1100..=4000;

/// A range of addresses, with its host bits cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: Ipv4Addr,
    bits: u8,
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    #[error("`{0}` is no address range; write it like 203.0.113.0/24 or 203.0.113.7")]
    Malformed(String),
    #[error("`{0}` is an IPv6 range, and the machines have IPv4 addresses only")]
    Ipv6(String),
}

impl Cidr {
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let malformed = || CidrError::Malformed(text.to_owned());
        let (address, bits) = text.trim().split_once('/').unwrap_or((text.trim(), "32"));
        if address.parse::<std::net::Ipv6Addr>().is_ok() {
            return Err(CidrError::Ipv6(text.to_owned()));
        }
        let address: Ipv4Addr = address.parse().map_err(|_| malformed())?;
        let bits: u8 = bits.parse().ok().filter(|b| *b <= 32).ok_or_else(malformed)?;
        let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        Ok(Self { address: Ipv4Addr::from(u32::from(address) & mask), bits })
    }

    /// Whether it is every address there is.
    pub fn is_anywhere(self) -> bool {
        self.bits == 0
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// One rule of the fleet's network security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityRule {
    pub name: String,
    pub priority: u32,
    /// `Allow` or `Deny`.
    pub access: String,
    /// `Inbound` or `Outbound`.
    pub direction: String,
    /// Where from: ranges, `*` or a service tag.
    pub from: Vec<String>,
    /// Where to: ranges or `*`.
    pub to: Vec<String>,
    pub ports: Vec<String>,
}

impl SecurityRule {
    /// Made by the template or by `claw allow`.
    pub fn is_own(&self) -> bool {
        self.name == Names::SSH_RULE || self.name.starts_with(PREFIX)
    }

    /// Made by `claw allow --for` this machine, named as its VM.
    pub fn is_for(&self, machine: &str) -> bool {
        let parts = self.name.strip_prefix(PREFIX).and_then(|rest| rest.split_once(FOR));
        parts.is_some_and(|(_, short)| short.eq_ignore_ascii_case(short_of(machine)))
    }

    /// Lets every address in.
    pub fn is_open(&self) -> bool {
        let anywhere = |from: &String| matches!(from.as_str(), "*" | "0.0.0.0/0" | "Internet");
        self.access == "Allow" && self.direction == "Inbound" && self.from.iter().any(anywhere)
    }
}

/// What a VM is called in the names of rules.
pub fn short_of(machine: &str) -> &str {
    machine.strip_prefix("claw-").unwrap_or(machine)
}

/// The name that the same range and machine always get.
pub fn rule_name(cidr: Cidr, short: Option<&str>) -> String {
    let range = cidr.to_string().replace('/', "-");
    match short {
        Some(short) => format!("{PREFIX}{range}{FOR}{short}"),
        None => format!("{PREFIX}{range}"),
    }
}

/// The first priority that no inbound rule has.
pub fn free_priority(rules: &[SecurityRule]) -> Option<u32> {
    let taken = |p: &u32| rules.iter().any(|r| r.direction == "Inbound" && r.priority == *p);
    PRIORITIES.step_by(10).chain(PRIORITIES).find(|p| !taken(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_written_one_way() {
        for (text, written) in [
            ("203.0.113.7", "203.0.113.7/32"),
            (" 203.0.113.7/24 ", "203.0.113.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("10.1.2.3/8", "10.0.0.0/8"),
        ] {
            assert_eq!(Cidr::parse(text).unwrap().to_string(), written);
        }
        for text in ["", "203.0.113", "203.0.113.7/33", "x/8", "1.2.3.4/", "1.2.3.4/-1", "*"] {
            assert!(matches!(Cidr::parse(text), Err(CidrError::Malformed(_))), "{text}");
        }
        assert!(matches!(Cidr::parse("2001:db8::/32"), Err(CidrError::Ipv6(_))));
    }

    fn rule(name: &str, priority: u32) -> SecurityRule {
        SecurityRule {
            name: name.into(),
            priority,
            access: "Allow".into(),
            direction: "Inbound".into(),
            from: vec!["*".into()],
            to: vec!["*".into()],
            ports: vec!["22".into()],
        }
    }

    #[test]
    fn a_rule_tells_by_its_name_which_machine_it_is_for() {
        let office = Cidr::parse("203.0.113.0/24").unwrap();
        let named = |short| rule(&rule_name(office, short), 1100);
        for (machine, short) in [("claw-alice", "alice"), ("other", "other"), ("claw-a-for-b", "a-for-b")] {
            assert_eq!(short_of(machine), short);
            assert!(named(Some(short)).is_for(machine), "{machine}");
        }
        assert!(named(Some("Alice")).is_for("claw-alice"), "names have no case in Azure");
        assert!(!named(Some("alice-2")).is_for("claw-alice") && !named(Some("a-for-b")).is_for("claw-b"));
        assert!(!named(None).is_for("claw-alice"));
        assert!(!rule("office-for-alice", 1100).is_for("claw-alice"), "somebody else's");
    }

    #[test]
    fn a_priority_is_given_once() {
        let rule = |priority| rule("x", priority);
        assert_eq!(free_priority(&[rule(1000), rule(1100), rule(1110)]), Some(1120));
        let all: Vec<SecurityRule> = PRIORITIES.map(rule).collect();
        assert_eq!(free_priority(&all), None);
    }
}
