//! A gateway in the browser: through SSH, with a token that nobody sees.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    process::Stdio,
};

use crate::{
    cloud::{Cloud, MARKER},
    process::{listening, signal},
};

fn ask(host: &str, path: &str, more: &str) -> String {
    try_to_ask(host, path, more).unwrap()
}

fn try_to_ask(host: &str, path: &str, more: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host)?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n").as_bytes())?;
    // The head: a WebSocket stays open after it.
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    Ok(head)
}

/// Nobody is there, or somebody else by now: any process may be given a port that is free again.
fn nobody_answers(host: &str, path: &str, more: &str, as_before: &str) -> bool {
    !try_to_ask(host, path, more).is_ok_and(|head| head.contains(as_before))
}

fn host(link: &str) -> (&str, &str) {
    let rest = link.strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap())
}

#[test]
fn a_gateway_is_opened_until_ctrl_c_and_the_token_goes_to_the_browser_alone() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}]}"#);
    cloud.write("secrets.json", &format!(r#"{{"shared":{{"KEY":"{MARKER}"}}}}"#));
    cloud.claw(&["up", "--yes"]).exits(0);
    let browser = cloud
        .write("browser", "#!/bin/sh\necho \"$@\" > \"$HOME/asked.tmp\"; mv \"$HOME/asked.tmp\" \"$HOME/asked\"\n");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).unwrap();

    let mut open = cloud.command(&["open", "--json"]);
    open.env("BROWSER", &browser).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut open = open.spawn().unwrap();
    let mut out = BufReader::new(open.stdout.take().unwrap());
    let mut said = String::new();
    out.read_line(&mut said).unwrap();
    let opened: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&opened["schema"], &opened["machine"]), (&"claw/open/v1".into(), &"claw-alice".into()), "{said}");
    assert_eq!(opened["browser"], true);

    let (gateway, link) = (opened["gateway"].as_str().unwrap(), opened["link"].as_str().unwrap());
    let (page, path) = host(link);
    let head = ask(page, path, "");
    let token = head.lines().find_map(|l| l.strip_prefix(&format!("Location: {gateway}#token="))).unwrap().to_owned();
    assert!(!token.is_empty());
    assert!(nobody_answers(page, path, "", "Location:"), "the link works once");

    for process in [open.id(), cloud.id()] {
        let sockets = listening(process);
        assert!(!sockets.is_empty() && sockets.iter().all(|at| at.ip().is_loopback()), "{sockets:?}");
    }
    let (address, _) = host(gateway);
    assert!(address.starts_with("127.0.0.1:"));
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let answer = ask(address, "/", upgrade);
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");

    signal("INT", open.id());
    assert_eq!(open.wait().unwrap().code(), Some(0));
    assert!(nobody_answers(address, "/", upgrade, "HTTP/1.1 101"), "closed with it");
    out.read_to_string(&mut said).unwrap();
    open.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    while !cloud.path("asked").exists() {}
    said.push_str(&std::fs::read_to_string(cloud.path("asked")).unwrap());
    said.push_str(&std::fs::read_to_string(cloud.path("data/activity.jsonl")).unwrap());
    assert!(said.contains(link) && said.contains("claw open alice") && !said.contains(&token), "{said}");
}

#[test]
fn a_machine_that_is_off_is_not_opened() {
    let cloud = Cloud::start("fast.toml");
    cloud.write("team.json", r#"{"members":[{"email":"alice@example.com"}]}"#);
    cloud.write("secrets.json", &format!(r#"{{"shared":{{"KEY":"{MARKER}"}}}}"#));
    cloud.claw(&["up", "--yes"]).exits(0);
    cloud.claw(&["stop", "alice", "--yes"]).exits(0);
    assert!(cloud.claw(&["open", "alice"]).exits(1).stderr.contains("claw start alice"));
    assert!(cloud.claw(&["open", "nobody"]).exits(2).stderr.contains("alice"));
}
