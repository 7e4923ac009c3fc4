//! Whose state an archive holds: the comment of an empty gzip member before the archive's own. tar and gzip pass over it.

use serde::{Deserialize, Serialize};

use crate::fleet::{instance::Instance, person::ObjectId};

/// RFC 1952 §2.3: magic, deflate, a comment follows, no time, no flags, system unknown.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff];
const WORD: &[u8] = b"claw ";
/// The comment's end, an empty deflate block, its CRC-32 and length.
const TAIL: [u8; 11] = [0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Of the whole mark; anything longer is none of claw's.
const LONGEST: usize = 1024;

/// The machine that an archive is of, and whose machine that was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub machine: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<ObjectId>,
}

impl Mark {
    pub fn of(instance: &Instance) -> Self {
        Self { machine: instance.name.clone(), member: instance.member.clone() }
    }

    /// The same member's, whatever the machine is called; without members the same machine's.
    pub fn fits(&self, other: &Self) -> bool {
        match (&self.member, &other.member) {
            (Some(one), Some(other)) => one == other,
            _ => self.machine == other.machine,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        [&HEAD[..], WORD, &text, &TAIL].concat()
    }

    /// Takes the mark away from an archive's first bytes, if one is there.
    pub fn take(bytes: &mut Vec<u8>) -> Option<Self> {
        let head = HEAD.len() + WORD.len();
        let begin = bytes.get(..bytes.len().min(LONGEST))?;
        let text = begin.strip_prefix(&HEAD)?.strip_prefix(WORD)?;
        let end = head + text.iter().position(|byte| *byte == 0)?;
        begin.get(end..)?.strip_prefix(&TAIL)?;
        let mark = serde_json::from_slice(&begin[head..end]).ok()?;
        bytes.drain(..end + TAIL.len());
        Some(mark)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn it_is_read_back_and_nothing_to_gzip() {
        let mark = Mark { machine: "claw-alice".into(), member: None };
        let mut bytes = [&mark.bytes()[..], b"rest"].concat();
        assert_eq!(Mark::take(&mut bytes), Some(mark.clone()));
        assert_eq!(bytes, b"rest");
        assert_eq!(Mark::take(&mut bytes), None);
        for cut in 0..mark.bytes().len() {
            assert_eq!(Mark::take(&mut mark.bytes()[..cut].to_vec()), None, "{cut}");
        }
        let script = "printf whole | gzip | cat /dev/fd/3 - | gzip -dc";
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&mark.bytes()).unwrap();
        let path = file.path().display();
        let run =
            std::process::Command::new("bash").args(["-c", &format!("exec 3<{path}; {script}")]).output().unwrap();
        assert_eq!(run.stdout, b"whole", "{run:?}");
    }

    #[test]
    fn a_member_moves_with_their_machine() {
        let mark =
            |machine: &str, member: Option<&str>| Mark { machine: machine.into(), member: member.map(ObjectId::new) };
        let (one, two) = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
        assert!(mark("claw-a", Some(one)).fits(&mark("claw-b", Some(one))));
        assert!(!mark("claw-a", Some(one)).fits(&mark("claw-a", Some(two))), "the name went to somebody else");
        assert!(mark("claw-a", None).fits(&mark("claw-a", Some(one))));
        assert!(!mark("claw-a", None).fits(&mark("claw-b", Some(one))));
    }
}
