//! A picture of the machines as bytes, for the next claw of the same version: the window's first frame waits for it, and
//! as JSON a thousand machines took most of that time.

use serde::{
    Deserialize, Serialize,
    de::value::{Error as ValueError, StrDeserializer},
};
use time::OffsetDateTime;

use super::Machines;
use crate::fleet::{
    instance::{Instance, PowerState},
    names::Slug,
    person::ObjectId,
    seen::Seen,
};

/// Before the bytes, which say nothing of their own form.
const HEAD: &str = concat!("claw ", env!("CARGO_PKG_VERSION"), " machines 3\n");

/// Why there is no picture in a file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("another version of claw wrote it")]
    Version,
    #[error("it ends too early, or was changed: {0}")]
    Broken(#[from] postcard::Error),
    #[error("it has less text than it says, or was changed")]
    Text,
    #[error("it has a name that is none: {0}")]
    Name(#[from] ValueError),
    #[error("it has a moment that no calendar has")]
    Moment(#[from] time::error::ComponentRange),
}

/// Bytes of a machine of which nothing is known.
const LEAST: usize = 14;

/// Seconds since 1970, and nanoseconds beyond: as text, or as one number, moments take the longest to read.
type Moment = (i64, u32);

/// What stands before the machines.
#[derive(Serialize, Deserialize)]
struct Frame<'a> {
    at: Moment,
    /// What all ids begin with, where they do: half of what there is to tell of a machine.
    folder: &'a str,
    /// All words of all machines behind each other, so that they are found to be text at once.
    text: &'a str,
    machines: usize,
}

/// Bytes of a word.
type Length = u32;

/// A machine without its tags, host key and identity: most of it, and nobody asks for these before the machines are seen
/// anew.
#[derive(Serialize, Deserialize)]
struct Row {
    name: Length,
    /// Behind the folder; whole where it begins with a slash.
    id: Length,
    member: Option<Length>,
    slug: Option<Length>,
    email: Option<Length>,
    vm_size: Length,
    power: PowerState,
    power_at: Moment,
    provisioning: Length,
    public_ip: Option<Length>,
    dns_name: Option<Length>,
    shows_entra_login: bool,
    created: Option<Moment>,
}

impl Row {
    /// Adds its words to the text, in the order in which they are taken from it.
    fn of(i: &Instance, folder: &str, text: &mut String) -> Self {
        let mut put = |word: &str| {
            text.push_str(word);
            Length::try_from(word.len()).unwrap_or(Length::MAX)
        };
        Self {
            name: put(&i.name),
            id: put(i.id.strip_prefix(folder).filter(|rest| !rest.starts_with('/')).unwrap_or(&i.id)),
            member: i.member.as_ref().map(|id| put(id.as_str())),
            slug: i.slug.as_ref().map(|slug| put(slug.as_str())),
            email: i.email.as_deref().map(&mut put),
            vm_size: put(&i.vm_size),
            power: i.power.value,
            power_at: kept(i.power.at),
            provisioning: put(&i.provisioning),
            public_ip: i.public_ip.as_deref().map(&mut put),
            dns_name: i.dns_name.as_deref().map(&mut put),
            shows_entra_login: i.shows_entra_login,
            created: i.created.map(kept),
        }
    }

    fn instance(self, folder: &str, text: &mut Text<'_>) -> Result<Instance, PictureError> {
        Ok(Instance {
            name: text.take(self.name)?.to_owned(),
            id: match text.take(self.id)? {
                whole if whole.starts_with('/') => whole.to_owned(),
                rest => [folder, rest].concat(),
            },
            member: text.some(self.member)?.map(ObjectId::deserialize).transpose()?,
            slug: text.some(self.slug)?.map(Slug::deserialize).transpose()?,
            email: text.owned(self.email)?,
            vm_size: text.take(self.vm_size)?.to_owned(),
            power: Seen::new(self.power, moment(self.power_at)?),
            provisioning: text.take(self.provisioning)?.to_owned(),
            principal_id: None,
            public_ip: text.owned(self.public_ip)?,
            dns_name: text.owned(self.dns_name)?,
            host_key: None,
            shows_entra_login: self.shows_entra_login,
            attached_disk: None,
            created: self.created.map(moment).transpose()?,
            tags: Default::default(),
        })
    }
}

/// What is left of the words.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn take(&mut self, length: Length) -> Result<&'a str, PictureError> {
        let at = usize::try_from(length).map_err(|_| PictureError::Text)?;
        let (word, rest) = self.0.split_at_checked(at).ok_or(PictureError::Text)?;
        self.0 = rest;
        Ok(word)
    }

    fn owned(&mut self, length: Option<Length>) -> Result<Option<String>, PictureError> {
        length.map(|length| self.take(length).map(str::to_owned)).transpose()
    }

    fn some(&mut self, length: Option<Length>) -> Result<Option<StrDeserializer<'a, ValueError>>, PictureError> {
        length.map(|length| self.take(length).map(StrDeserializer::new)).transpose()
    }
}

fn kept(moment: OffsetDateTime) -> Moment {
    (moment.unix_timestamp(), moment.nanosecond())
}

fn moment((seconds, nanos): Moment) -> Result<OffsetDateTime, time::error::ComponentRange> {
    OffsetDateTime::from_unix_timestamp(seconds)?.replace_nanosecond(nanos)
}

pub fn of(machines: &[Instance], at: OffsetDateTime) -> Result<Vec<u8>, PictureError> {
    let (folder, mut text) = (folder_of(machines), String::new());
    let rows: Vec<Row> = machines.iter().map(|machine| Row::of(machine, folder, &mut text)).collect();
    let frame = Frame { at: kept(at), folder, text: &text, machines: rows.len() };
    let begun = postcard::to_extend(&frame, HEAD.as_bytes().to_vec())?;
    Ok(rows.iter().try_fold(begun, |bytes, row| postcard::to_extend(row, bytes))?)
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
    let mut text = Text(frame.text);
    // Each takes some bytes at least, whatever the number says.
    let mut machines = Vec::with_capacity(frame.machines.min(rest.len() / LEAST));
    for _ in 0..frame.machines {
        let (row, behind): (Row, _) = postcard::take_from_bytes(rest)?;
        machines.push(row.instance(frame.folder, &mut text)?);
        rest = behind;
    }
    if !rest.is_empty() || !text.0.is_empty() {
        return Err(PictureError::Text);
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
            "provisioning": "Succeeded", "principal_id": null, "public_ip": "192.0.2.1", "dns_name": null, "host_key": null,
            "shows_entra_login": true, "created": "2026-11-21T19:55:21Z", "tags": {},
        }))
        .unwrap()
    }

    #[test]
    fn what_was_written_is_read_in_its_order_and_a_part_is_refused() {
        for count in [0, 1, 7, 1000] {
            let seen = Seen::new((0..count).map(machine).collect::<Vec<_>>(), OffsetDateTime::UNIX_EPOCH);
            let bytes = of(&seen.value, seen.at).unwrap();
            assert_eq!(parse(&bytes).unwrap(), seen);
            assert!((0..bytes.len()).step_by(97).all(|end| parse(&bytes[..end]).is_err()));
            assert!(parse(&[&bytes[..], b"x"].concat()).is_err());
        }
        assert!(parse(br#"{"value":[],"at":"2026-11-21T19:55:21Z"}"#).is_err());
    }

    #[test]
    fn tags_host_keys_and_identities_are_left_out() {
        let shown = machine(1);
        let mut whole = shown.clone();
        (whole.host_key, whole.principal_id) = (Some("ssh-ed25519 AAAA".into()), Some(ObjectId::new("p-1")));
        whole.tags.insert("a".into(), "b".into());
        assert_ne!(whole, shown);
        let bytes = of(&[whole], OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(parse(&bytes).unwrap().value, [shown]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(tail: Vec<u8>) {
            let _ = parse(&[HEAD.as_bytes(), &tail].concat());
        }
    }
}
