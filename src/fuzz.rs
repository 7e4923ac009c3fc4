//! One function a fuzz target (`fuzz/`): bytes as they could come from a file, a server or a machine. Each reads
//! them as claw does; an error is a bound that was broken, and a panic is one, too. No part of claw's interface.

use crate::{azure, fleet, ops, remote, tui};

/// What a target gives back: nothing, or which bound was broken.
pub type Checked = Result<(), String>;

type Target = (&'static str, fn(&[u8]) -> Checked);

/// Every target with its name, which is that of its folder in `fuzz/seeds`.
pub const TARGETS: [Target; 11] = [
    ("team", team),
    ("secrets", secrets),
    ("arm", azure::fuzz::arm),
    ("graph", azure::fuzz::graph),
    ("gateway", ops::fuzz::gateway),
    ("messages", remote::fuzz::messages),
    ("frames", remote::fuzz::frames),
    ("logs", logs),
    ("host_keys", remote::fuzz::host_keys),
    ("certificates", remote::fuzz::certificates),
    ("recordings", tui::fuzz::recordings),
];

/// team.json.
pub fn team(data: &[u8]) -> Checked {
    let text = String::from_utf8_lossy(data);
    let Ok(file) = fleet::team::parse(&text) else { return Ok(()) };
    let clean = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match file.team.members.iter().find(|m| m.slug.as_str().len() > 40 || !m.slug.as_str().chars().all(clean)) {
        Some(member) => Err(format!("a slug that is none: {}", member.slug)),
        None => Ok(()),
    }
}

/// secrets.json. No value is quoted in an error; a name may be.
pub fn secrets(data: &[u8]) -> Checked {
    const MARKER: &str = "MARKER-5ecret";
    let text = String::from_utf8_lossy(data);
    let is_in_a_name = |(at, _): (usize, &str)| {
        text[at..].split_once('"').is_some_and(|(_, behind)| behind.trim_start().starts_with(':'))
    };
    match fleet::secrets::parse(&text) {
        Err(error) if error.to_string().contains(MARKER) && !text.match_indices(MARKER).any(is_in_a_name) => {
            Err(format!("a value in an error: {error}"))
        }
        _ => Ok(()),
    }
}

/// A log with control sequences: cut into lines, joined with a console, shown as text, as JSON and in the window.
pub fn logs(data: &[u8]) -> Checked {
    let lines = remote::fuzz::lines(data)?;
    ops::fuzz::log(&String::from_utf8_lossy(data), &lines)?;
    tui::fuzz::log(&lines)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    /// What readers are known to stumble over.
    const ODD: [&[u8]; 24] = [
        b"\x1b[2J",
        b"\x1b]0;t\x07",
        b"\xc2\x9b2J",
        b"\xe2\x80\xae",
        b"\0",
        b"\r",
        b"\n",
        b"\xff",
        b"\xc3",
        b"\"",
        b"\\",
        b"{",
        b"[",
        b"]",
        b"}",
        b"null",
        b"-1",
        b"1e400",
        b"18446744073709551615",
        b"-9223372036854775808",
        b"253402300799999",
        b"9999-12-31T23:59:59.999999999Z",
        b"-----BEGIN SSH HOST KEY KEYS-----",
        b"claw-stage ready done ",
    ];

    fn seeds(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
        let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        files.iter().map(|file| std::fs::read(file).unwrap()).collect()
    }

    /// A seed with some of it taken out, doubled or replaced; at times noise alone.
    fn input(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
        let seeds = seeds(target);
        let piece = prop_oneof![
            3 => prop::sample::select(&ODD[..]).prop_map(<[u8]>::to_vec),
            1 => prop::collection::vec(any::<u8>(), 0..8),
            1 => Just(Vec::new()),
        ];
        let edit = (any::<prop::sample::Index>(), 0usize..12, piece);
        let noise = prop::collection::vec(any::<u8>(), 0..400);
        prop_oneof![
            8 => (prop::sample::select(seeds), prop::collection::vec(edit, 0..6)).prop_map(|(mut bytes, edits)| {
                for (at, length, piece) in edits {
                    let from = at.index(bytes.len() + 1);
                    let to = (from + length).min(bytes.len());
                    bytes.splice(from..to, piece);
                }
                bytes
            }),
            1 => noise,
        ]
    }

    fn hold(target: &'static str) {
        let run = TARGETS.iter().find(|(name, _)| *name == target).unwrap().1;
        for seed in seeds(target) {
            run(&seed).unwrap();
        }
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(192));
        let ended = runner.run(&input(target), |bytes| run(&bytes).map_err(TestCaseError::fail));
        ended.unwrap_or_else(|error| panic!("{target}: {error}"));
    }

    #[test]
    fn every_target_has_its_program_and_its_seeds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
        for (name, _) in TARGETS {
            let program = std::fs::read_to_string(root.join(format!("targets/{name}.rs"))).unwrap();
            assert!(program.contains(&format!("target(\"{name}\")")), "{name}");
            assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
            assert!(!seeds(name).is_empty());
        }
    }

    #[test]
    fn any_team_json() {
        hold("team");
    }

    #[test]
    fn any_secrets_json() {
        hold("secrets");
    }

    #[test]
    fn any_answer_of_arm() {
        hold("arm");
    }

    #[test]
    fn any_answer_of_graph() {
        hold("graph");
    }

    #[test]
    fn any_answer_of_a_gateway() {
        hold("gateway");
    }

    #[test]
    fn any_message_of_a_gateway() {
        hold("messages");
    }

    #[test]
    fn any_frame_of_a_websocket() {
        hold("frames");
    }

    #[test]
    fn any_line_of_a_log() {
        hold("logs");
    }

    #[test]
    fn any_block_of_host_keys() {
        hold("host_keys");
    }

    #[test]
    fn any_certificate() {
        hold("certificates");
    }

    #[test]
    fn any_recording() {
        hold("recordings");
    }
}
