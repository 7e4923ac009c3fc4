//! A picture of the machines as bytes, for the next claw of the same version: the window's first frame waits for it, and
//! as JSON a thousand machines took most of that time.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Machines;
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Slug,
    person::ObjectId,
    seen::Seen,
};

/// Before the bytes, which say nothing of their own form.
const HEAD: &str = concat!("claw ", env!("CARGO_PKG_VERSION"), " machines 2\n");

/// Why there is no picture in a file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("another version of claw wrote it")]
    Version,
    #[error("it ends too early, or was changed: {0}")]
    Broken(#[from] postcard::Error),
    #[error("it has a moment that no calendar has")]
    Moment(#[from] time::error::ComponentRange),
}

/// Bytes of a machine of which nothing is known.
const LEAST: usize = 15;

/// Nanoseconds since 1970: as text, moments take the longest to read.
type Nanos = i128;

/// What stands before the machines.
#[derive(Serialize, Deserialize)]
struct Frame<'a> {
    at: Nanos,
    /// What most ids begin with: half of what there is to tell of a machine.
    folder: &'a str,
    machines: usize,
}

/// A machine without its tags: half of it, and nobody looks at them before the machines are seen anew.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    name: &'a str,
    /// Behind the folder; whole where it begins with a slash.
    id: &'a str,
    member: Option<Cow<'a, ObjectId>>,
    slug: Option<Cow<'a, Slug>>,
    email: Option<&'a str>,
    vm_size: &'a str,
    power: PowerState,
    power_at: Nanos,
    provisioning: &'a str,
    principal_id: Option<Cow<'a, ObjectId>>,
    public_ip: Option<&'a str>,
    dns_name: Option<&'a str>,
    host_key: Option<&'a str>,
    shows_entra_login: bool,
    created: Option<Nanos>,
}

impl<'a> Row<'a> {
    fn of(i: &'a Instance, folder: &str) -> Self {
        Self {
            name: &i.name,
            id: i.id.strip_prefix(folder).filter(|rest| !rest.starts_with('/')).unwrap_or(&i.id),
            member: i.member.as_ref().map(Cow::Borrowed),
            slug: i.slug.as_ref().map(Cow::Borrowed),
            email: i.email.as_deref(),
            vm_size: &i.vm_size,
            power: i.power.value,
            power_at: i.power.at.unix_timestamp_nanos(),
            provisioning: &i.provisioning,
            principal_id: i.principal_id.as_ref().map(Cow::Borrowed),
            public_ip: i.public_ip.as_deref(),
            dns_name: i.dns_name.as_deref(),
            host_key: i.host_key.as_deref(),
            shows_entra_login: i.shows_entra_login,
            created: i.created.map(OffsetDateTime::unix_timestamp_nanos),
        }
    }

    fn instance(self, folder: &str) -> Result<Instance, time::error::ComponentRange> {
        let (row, some) = (self, |text: Option<&str>| text.map(str::to_owned));
        Ok(Instance {
            name: row.name.to_owned(),
            id: if row.id.starts_with('/') { row.id.to_owned() } else { [folder, row.id].concat() },
            member: row.member.map(Cow::into_owned),
            slug: row.slug.map(Cow::into_owned),
            email: some(row.email),
            vm_size: row.vm_size.to_owned(),
            power: Seen::new(row.power, moment(row.power_at)?),
            provisioning: row.provisioning.to_owned(),
            principal_id: row.principal_id.map(Cow::into_owned),
            public_ip: some(row.public_ip),
            dns_name: some(row.dns_name),
            host_key: some(row.host_key),
            shows_entra_login: row.shows_entra_login,
            created: row.created.map(moment).transpose()?,
            tags: Default::default(),
        })
    }
}

fn moment(nanos: Nanos) -> Result<OffsetDateTime, time::error::ComponentRange> {
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
}

pub fn of(machines: &Machines) -> Result<Vec<u8>, PictureError> {
    let folder = folder_of(&machines.value);
    let frame = Frame { at: machines.at.unix_timestamp_nanos(), folder, machines: machines.value.len() };
    let begun = postcard::to_extend(&frame, HEAD.as_bytes().to_vec())?;
    let add = |bytes, machine| postcard::to_extend(&Row::of(machine, folder), bytes);
    Ok(machines.value.iter().try_fold(begun, add)?)
}

/// None where an id is no path.
fn folder_of(machines: &[Instance]) -> &str {
    let is_path = machines.iter().all(|i| i.id.starts_with('/'));
    let first = machines.first().filter(|_| is_path);
    first.and_then(|i| i.id.rfind('/').map(|end| &i.id[..=end])).unwrap_or_default()
}

pub fn parse(bytes: &[u8]) -> Result<Machines, PictureError> {
    let bytes = bytes.strip_prefix(HEAD.as_bytes()).ok_or(PictureError::Version)?;
    let (frame, mut rest): (Frame<'_>, _) = postcard::take_from_bytes(bytes)?;
    // Each takes some bytes at least, whatever the number says.
    let mut machines = Vec::with_capacity(frame.machines.min(rest.len() / LEAST));
    for _ in 0..frame.machines {
        let (row, behind): (Row<'_>, _) = postcard::take_from_bytes(rest)?;
        machines.push(row.instance(frame.folder)?);
        rest = behind;
    }
    if !rest.is_empty() {
        return Err(PictureError::Version);
    }
    Ok(Seen::new(machines, moment(frame.at)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Most in one folder, some elsewhere, below it, or with a strange one.
    fn id(n: usize) -> String {
        match n {
            3 => "/subscriptions/other/m3".into(),
            5 => "/subscriptions/s//m5".into(),
            7 => String::new(),
            9 => "m9".into(),
            n => format!("/subscriptions/s/m{n}"),
        }
    }

    fn machine(n: usize) -> Instance {
        serde_json::from_value(json!({
            "name": format!("claw-m{n}"), "id": id(n), "member": "o-1", "slug": "m", "email": "a\u{2028}b",
            "vm_size": "Standard_B2s", "power": {"value": "running", "at": "2026-11-21T19:55:21.703527625Z"},
            "provisioning": "Succeeded", "principal_id": null, "public_ip": null, "dns_name": null, "host_key": null,
            "shows_entra_login": true, "created": "2026-11-21T19:55:21Z", "tags": {},
        }))
        .unwrap()
    }

    #[test]
    fn what_was_written_is_read_in_its_order_and_a_part_is_refused() {
        for count in [0, 1, 7, 1000] {
            let seen = Seen::new((0..count).map(machine).collect(), OffsetDateTime::UNIX_EPOCH);
            let bytes = of(&seen).unwrap();
            assert_eq!(parse(&bytes).unwrap(), seen);
            assert!((0..bytes.len()).step_by(97).all(|end| parse(&bytes[..end]).is_err()));
            assert!(parse(&[&bytes[..], b"x"].concat()).is_err());
        }
        assert!(parse(br#"{"value":[],"at":"2026-11-21T19:55:21Z"}"#).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(tail: Vec<u8>) {
            let _ = parse(&[HEAD.as_bytes(), &tail].concat());
        }
    }
}
