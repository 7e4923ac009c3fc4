//! A sign-in that ends while claw is at work.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::signed::{Signed, stand_in};

const EXPIRED: &str = "#!/bin/sh
>&2 echo 'ERROR: AADSTS70043: The refresh token has expired due to sign-in frequency checks. Trace ID: t'
>&2 echo 'Run the command below to authenticate interactively; additional arguments may be added as needed:'
>&2 echo 'az logout'
>&2 echo 'az login --tenant T'
exit 1
";

#[test]
fn a_log_that_is_followed_says_once_that_the_sign_in_is_over_and_ends() {
    let alice = Signed::start("signed-out.toml", "alice@example.com");
    alice.cloud.write("team.json", r#"{"members": [{"email": "alice@example.com"}]}"#);
    fs::remove_file(alice.cloud.path("secrets.json")).unwrap();
    alice.cloud.claw(&["up", "--yes", "--no-wait"]).exits(4);
    // Its tokens are nearly over when they come, so that each request asks for another.
    let az = fs::read_to_string(alice.cloud.path("bin/az")).unwrap();
    stand_in(&alice.cloud.path(""), &az.replace("4102444800", "'$(($(date +%s) + 2))'"));

    let mut logs = alice.command(&["logs", "alice", "-f"]);
    let mut logs = logs.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(logs.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("claw-stage packages begin")), "the console serves");
    stand_in(&alice.cloud.path(""), EXPIRED);
    let rest: Vec<String> = said.collect();
    let output = logs.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr} {rest:?}");
    assert!(stderr.contains("AADSTS70043") && stderr.contains("az login --tenant T"), "{stderr}");
    let told = stderr.lines().filter(|line| line.contains("AADSTS70043")).count();
    assert_eq!(told, 2, "as it happens and at the end, no more: {stderr}");
}
