//! The lines of `assets/care/verify.sh`: `{"check","code","out"}`, `out` in base64.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

use super::Finding;

/// `timeout`'s own codes: ended by TERM, by KILL.
const TIMED_OUT: [i32; 2] = [124, 137];

#[derive(Deserialize)]
struct Line {
    check: String,
    code: i32,
    out: String,
}

/// What one check said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: i32,
    pub out: String,
}

/// By name. A line that makes no sense is no answer.
pub struct Answers(BTreeMap<String, Answer>);

impl Answers {
    pub fn read(stdout: &str) -> Self {
        let lines = stdout.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let read = lines.filter_map(|line| {
            let out = STANDARD.decode(&line.out).ok()?;
            Some((line.check, Answer { code: line.code, out: String::from_utf8_lossy(&out).trim().to_owned() }))
        });
        Self(read.collect())
    }

    pub fn said(&self, check: &str) -> Option<&Answer> {
        self.0.get(check)
    }

    /// The answer, or why there is none.
    pub fn get(&self, check: &str, as_check: &str) -> Result<&Answer, Finding> {
        match self.said(check) {
            None => Err(Finding::unknown(as_check, "the machine did not answer this check")),
            Some(answer) if TIMED_OUT.contains(&answer.code) => {
                Err(Finding::unknown(as_check, "the machine did not finish this check in time"))
            }
            Some(answer) if answer.code == 127 => {
                Err(Finding::unknown(as_check, "the machine lacks the program for this check"))
            }
            Some(answer) => Ok(answer),
        }
    }

    /// The answer as JSON, whatever its exit code: OpenClaw prints its findings and fails.
    pub fn json(&self, check: &str, as_check: &str) -> Result<Value, Finding> {
        let answer = self.get(check, as_check)?;
        serde_json::from_str(&answer.out).map_err(|_| {
            Finding::unknown(as_check, format!("the machine's answer can't be read (exit {})", answer.code))
        })
    }
}
