//! The gateway's log for people: OpenClaw writes a JSON object a line (recorded from 2026.9.6).

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Line {
    time: String,
    message: String,
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    log_level_name: String,
    /// `{"subsystem":"gateway/ws"}` or `{"module":"cron",…}` as text, or a plain name.
    #[serde(default)]
    name: String,
}

/// `<time> <LEVEL> [<subsystem>] <message>`; a line of another form stays as it is.
pub fn readable(line: &str) -> String {
    let Ok(Line { time, message, meta }) = serde_json::from_str::<Line>(line) else { return line.to_owned() };
    let names: Value = serde_json::from_str(&meta.name).unwrap_or_default();
    let part = names.get("subsystem").or_else(|| names.get("module")).and_then(Value::as_str);
    let part = part.unwrap_or(&meta.name);
    let part = if part.is_empty() { String::new() } else { format!("[{part}] ") };
    // A message may have lines of its own; here it is one.
    let message = message.split('\n').map(str::trim_end).collect::<Vec<_>>().join(" ⏎ ");
    format!("{time} {:<5} {part}{message}", meta.log_level_name)
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn recorded_lines() {
        let plain = r#"{"0":"{\"subsystem\":\"gateway\"}","1":"loading configuration…","_meta":{"runtime":"node","date":"2026-11-21T07:34:07.046Z","logLevelId":3,"logLevelName":"INFO","name":"{\"subsystem\":\"gateway\"}","parentNames":["openclaw"]},"time":"2026-11-21T07:34:07.046+00:00","hostname":"vm","message":"loading configuration…"}"#;
        assert_eq!(readable(plain), "2026-11-21T07:34:07.046+00:00 INFO  [gateway] loading configuration…");
        let cron = r#"{"0":"{\"module\":\"cron\",\"storeKey\":\"x\"}","1":{"jobId":"7e5e"},"2":"cron: job added","_meta":{"logLevelName":"ERROR","name":"{\"module\":\"cron\",\"storeKey\":\"x\"}"},"time":"t","message":"cron: job added\nat once"}"#;
        assert_eq!(readable(cron), "t ERROR [cron] cron: job added ⏎ at once");
        let console = r#"{"0":"[warning] x","_meta":{"logLevelName":"INFO","name":"openclaw"},"time":"t","message":"[warning] x"}"#;
        assert_eq!(readable(console), "t INFO  [openclaw] [warning] x");
    }

    #[test]
    fn anything_else_stays() {
        for line in ["", "Segmentation fault", "{}", r#"{"time":1}"#, r#"{"time":"t","mess … (+20000 bytes)"#] {
            assert_eq!(readable(line), line);
        }
    }
}
