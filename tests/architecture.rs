//! Who may import whom (ARCHITECTURE.md, "Rooms"), how large a file may be, and that no two files import each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOMS: [&str; 7] = ["fleet", "azure", "remote", "ops", "tui", "cli", "sim"];

/// What each room may know besides itself.
fn may_know(room: &str) -> &'static [&'static str] {
    match room {
        "azure" | "remote" => &["fleet"],
        "ops" => &["fleet", "azure", "remote"],
        "tui" | "cli" => &["fleet", "ops"],
        _ => &[],
    }
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn source(room: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room)
}

/// The rooms that a text names in a path: `crate::room`, `claw::room`, also inside `crate::{room::…, room}`.
fn rooms_named(text: &str) -> BTreeSet<&'static str> {
    let mut named = BTreeSet::new();
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for root in ["crate::", "claw::"] {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            let group = if rest.starts_with('{') { &rest[..closing(rest)] } else { rest };
            for room in ROOMS {
                let direct = rest.strip_prefix(room).is_some_and(ends_a_word);
                let grouped = rest.starts_with('{')
                    && group.match_indices(room).any(|(i, _)| {
                        matches!(group[..i].trim_end().chars().last(), Some('{' | ','))
                            && ends_a_word(&group[i + room.len()..])
                    });
                if direct || grouped {
                    named.insert(room);
                }
            }
        }
    }
    named
}

fn ends_a_word(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    text.len()
}

#[test]
fn the_reader_of_imports_sees_what_it_must() {
    assert_eq!(rooms_named("use crate::azure::Cloud;"), BTreeSet::from(["azure"]));
    assert_eq!(rooms_named("use crate::{fleet::plan, ops::{self, Event}};"), BTreeSet::from(["fleet", "ops"]));
    assert_eq!(rooms_named("let x = crate::sim::Sim::start();"), BTreeSet::from(["sim"]));
    assert!(rooms_named("// crate::sim is not here\nuse crate::fleetwood::x;").is_empty());
}

#[test]
fn nobody_imports_upward() {
    let mut wrong = Vec::new();
    for room in ROOMS {
        for file in rust_files(&source(room)) {
            for known in rooms_named(&fs::read_to_string(&file).unwrap()) {
                if known != room && !may_know(room).contains(&known) {
                    wrong.push(format!("{} knows {known}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "rooms that know too much:\n{}", wrong.join("\n"));
}

#[test]
fn fleet_is_pure() {
    let mut wrong = Vec::new();
    for file in rust_files(&source("fleet")) {
        let text = fs::read_to_string(&file).unwrap();
        for word in [
            "tokio",
            "async fn",
            "std::fs",
            "TcpStream",
            "UdpSocket",
            "ToSocketAddrs",
            "now_utc",
            "SystemTime",
            "Instant::now",
            "std::env",
        ] {
            if text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(word)) {
                wrong.push(format!("{}: {word}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "I/O, a clock or async in fleet:\n{}", wrong.join("\n"));
}

#[test]
fn the_view_and_the_state_do_no_io() {
    let mut wrong = Vec::new();
    for file in rust_files(&source("tui")) {
        let path = file.display().to_string();
        if ["runner", "terminal", "kept", "tests"].iter().any(|edge| path.contains(edge)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for word in ["tokio::spawn", "std::fs", "std::net", "now_utc", "Instant::now"] {
            if text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(word)) {
                wrong.push(format!("{path}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "I/O or a clock outside the runner:\n{}", wrong.join("\n"));
}

#[test]
fn files_are_small() {
    let files = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut lengths = Vec::new();
    let mut long = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().count();
        lengths.push(lines);
        let reason_given = text.lines().next().is_some_and(|l| l.contains("over 500 lines because"));
        if lines > 500 && !reason_given {
            long.push(format!("{} ({lines})", file.display()));
        }
    }
    assert!(long.is_empty(), "over 500 lines without a reason on the first line:\n{}", long.join("\n"));
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 100, "half of the files should have at most 100 lines, the median is {median}");
}

/// How many tests of this name there are; a helper is none.
fn tests_called(name: &str, code: &str) -> usize {
    let mut is_test = false;
    let mut tests = 0;
    for line in code.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            continue;
        }
        let words = line.trim_start_matches("pub ").trim_start_matches("async ");
        if is_test && words.starts_with(&format!("fn {name}(")) {
            tests += 1;
        }
        is_test &= line.starts_with("//") || line.is_empty();
    }
    tests
}

#[test]
fn a_test_is_known_by_its_attribute() {
    let code = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test(start_paused = true)]\n#[ignore]\nasync fn two() {}\n\
                #[test]\nfn three() {\n    fn four() {}\n}\n#[test]\nfn three_more() {}\n";
    let found = ["one", "two", "three", "four"].map(|name| tests_called(name, code));
    assert_eq!(found, [1, 1, 1, 0]);
}

/// Every row of a page's table names tests, and of each there is one.
#[track_caller]
fn held(page: &str, folders: &[&str], least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| rust_files(&root.join(folder))).collect();
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap() + "\n").collect();
    let table = fs::read_to_string(root.join(page)).unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && !line.ends_with("| tests |") && !line.starts_with("| **");
    let rows: Vec<&str> = table.lines().filter(is_row).collect();
    assert!(rows.len() >= least, "{} rows", rows.len());
    for row in rows {
        let tests = row.split('|').nth(2).unwrap_or_default();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            assert_eq!(tests_called(name, &code), 1, "tests called `{name}`: {row}");
        }
    }
}

#[test]
fn the_tests_that_hold_the_embedded_cloud_are_there() {
    held("docs/embedded-cloud.md", &["src/sim", "tests"], 30);
}

#[test]
fn the_tests_that_hold_the_threat_model_are_there() {
    held("docs/threat-model.md", &["src", "tests"], 40);
}

/// What a seed draws changes; what it found is held by a test of its own.
#[test]
fn the_tests_that_hold_what_seeds_found_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests"].map(|folder| rust_files(&root.join(folder)));
    let code: String = files.iter().flatten().map(|f| fs::read_to_string(f).unwrap() + "\n").collect();
    let kept = fs::read_to_string(root.join("tests/seeds/seeds.txt")).unwrap();
    for line in kept.lines().filter(|line| !line.starts_with('#')) {
        let name = line.rsplit(": ").next().unwrap();
        assert_eq!(tests_called(name, &code), 1, "{line}");
    }
}

/// Lines of claw's own code, without comments and without tests, of the rooms that reach the world.
fn production(rooms: &[&str]) -> Vec<(String, String)> {
    let files = rooms.iter().flat_map(|room| rust_files(&source(room)));
    let own = files.filter(|file| !file.components().any(|c| c.as_os_str() == "tests") && !file.ends_with("tests.rs"));
    own.flat_map(|file| {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        let lines = code.lines().filter(|l| !l.trim_start().starts_with("//")).map(str::to_owned);
        lines.map(|line| (file.display().to_string(), line)).collect::<Vec<_>>()
    })
    .collect()
}

/// All that claw knows of hosts is written out: Azure's, the metadata service of Azure's own machines, and what a
/// person names. What an answer names is held to these by `src/azure/tests/hostile.rs`.
#[test]
fn claw_knows_no_host_but_azures() {
    const KNOWN: [&str; 20] = [
        "management.azure.com",
        "management.usgovcloudapi.net",
        "management.chinacloudapi.cn",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "graph.microsoft.com",
        "graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn",
        "pas.windows.net",
        "pasff.usgovcloudapi.net",
        "pas.chinacloudapi.cn",
        "prices.azure.com",
        // The caller's own address, asked for one after the other; `claw allow` and a single person's way in need it.
        "api.ipify.org",
        "checkip.amazonaws.com",
        "ifconfig.me",
        // The gateway, inside of SSH.
        "127.0.0.1:18789",
        // `claw open`: this computer's own ports.
        "127.0.0.1:{}",
        "127.0.0.1:{}{path}",
        // A vault, by its name.
        "{name}.{}",
    ];
    let mut wrong = Vec::new();
    for (file, line) in production(&["fleet", "azure", "remote", "ops", "cli", "tui"]) {
        for scheme in ["https://", "http://", "ws://", "wss://"] {
            for (at, _) in line.match_indices(scheme) {
                let host = line[at + scheme.len()..].split(['/', '"', '`', ' ', '?']).next().unwrap_or_default();
                let is_example = host.starts_with("HOST:PORT") || host.starts_with("aka.ms");
                if !host.is_empty() && !is_example && !KNOWN.contains(&host) {
                    wrong.push(format!("{file}: {scheme}{host}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "hosts that nobody listed:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_listens_but_on_loopback() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (file, line) in production(&ROOMS) {
        let listens =
            ["Listener::bind(", "Socket::bind(", "UdpSocket", "UnixListener", "0.0.0.0", "Ipv4Addr::UNSPECIFIED"];
        if !listens.iter().any(|word| line.contains(word)) {
            continue;
        }
        seen += usize::from(line.contains("Listener::bind("));
        let only_here = line.contains("127.0.0.1") || line.contains("LOCALHOST") || line.contains("bind(&address)");
        // Ranges that people write are no sockets.
        let is_range = line.contains("0.0.0.0/0");
        let may = file.contains("/sim/") || file.contains("/ops/open/");
        if !(is_range || only_here && may) {
            wrong.push(format!("{file}: {}", line.trim()));
        }
    }
    assert!(seen > 0, "the embedded cloud listens");
    assert!(wrong.is_empty(), "sockets that others could reach:\n{}", wrong.join("\n"));
    let start = fs::read_to_string(source("sim").join("start.rs")).unwrap();
    assert!(start.contains("let address = format!(\"127.0.0.1:{}\""), "where the embedded cloud listens");
}

/// The module a file defines, as a path of names below `crate`.
fn module(file: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    let mut names: Vec<String> = relative.iter().map(|n| n.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|n| n == "mod") {
        names.pop();
    }
    names
}

#[test]
fn no_two_files_import_each_other() {
    let files: Vec<PathBuf> = ROOMS.iter().flat_map(|r| rust_files(&source(r))).collect();
    let modules: BTreeMap<String, PathBuf> = files.iter().map(|f| (module(f).join("::"), f.clone())).collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in &files {
        let own = module(file);
        let text = fs::read_to_string(file).unwrap();
        let production = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in production.lines().filter_map(|l| l.trim().strip_prefix("use ").map(str::to_owned)) {
            let mut base = own.clone();
            let mut path = line.as_str();
            while let Some(rest) = path.strip_prefix("super::") {
                base.pop();
                path = rest;
            }
            if let Some(rest) = path.strip_prefix("crate::") {
                base.clear();
                path = rest;
            } else if path == line {
                continue;
            }
            let first: Vec<&str> =
                path.split("::").map(|p| p.trim_end_matches(';')).take_while(|p| !p.starts_with('{')).collect();
            for length in (1..=first.len()).rev() {
                let mut candidate = base.clone();
                candidate.extend(first[..length].iter().map(|s| (*s).to_owned()));
                let name = candidate.join("::");
                if modules.contains_key(&name) {
                    imports.entry(own.join("::")).or_default().insert(name);
                    break;
                }
            }
        }
    }
    let mut wrong = Vec::new();
    for (a, known) in &imports {
        for b in known {
            // A folder's mod.rs may re-export its children, which may use what stands in it.
            let family = a.starts_with(&format!("{b}::")) || b.starts_with(&format!("{a}::"));
            if a < b && !family && imports.get(b).is_some_and(|k| k.contains(a)) {
                wrong.push(format!("{a} and {b}"));
            }
        }
    }
    assert!(wrong.is_empty(), "files that import each other:\n{}", wrong.join("\n"));
}
