//! OpenClaw's own command line on the machine, for where its WebSocket can't be reached (1 to 2 s a call).

use std::sync::Arc;

use serde_json::Value;
use tokio::time::{Duration, timeout};

use super::call::GatewayError;
use crate::remote::{
    connections::Connections,
    error::printable,
    exec,
    values::{Output, Target},
};

/// Its arguments come on standard input, each ended by a zero byte: no shell ever reads them.
const COMMAND: &str = "sudo -n -u openclaw env HOME=/home/openclaw \
                       PATH=/opt/openclaw/bin:/opt/node/bin:/usr/local/bin:/usr/bin:/bin xargs -0 openclaw";
const TIMEOUT: Duration = Duration::from_secs(60);

pub struct CommandLine {
    connections: Arc<Connections>,
    target: Target,
}

impl CommandLine {
    pub fn new(connections: Arc<Connections>, target: Target) -> Self {
        Self { connections, target }
    }

    pub async fn call(&self, method: &str, params: &Value) -> Result<Value, GatewayError> {
        let arguments = arguments(method, params)?;
        let stdin: Vec<u8> = arguments.iter().flat_map(|a| a.bytes().chain([0])).collect();
        let running = exec::collect(&self.connections, &self.target, "gateway", COMMAND, &stdin);
        match timeout(TIMEOUT, running).await {
            Ok(Ok(output)) => read(method, &output),
            Ok(Err(error)) => Err(GatewayError::Closed { reason: error.message }),
            Err(_) => Err(GatewayError::Timeout { method: method.to_owned(), seconds: TIMEOUT.as_secs() }),
        }
    }
}

/// The command line that does what a call does. What has no command of its own goes through `gateway call`.
fn arguments(method: &str, params: &Value) -> Result<Vec<String>, GatewayError> {
    let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let device = || ["--device".to_owned(), text("deviceId")];
    let role = || ["--role".to_owned(), text("role")];
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let mut arguments = match method {
        // Without it, it waits a minute for a gateway that is down.
        "health" => words(&["health", "--timeout", "5000"]),
        "device.pair.list" => words(&["devices", "list"]),
        "device.pair.approve" => words(&["devices", "approve", &text("requestId")]),
        "device.pair.reject" => words(&["devices", "reject", &text("requestId")]),
        "device.pair.remove" => words(&["devices", "remove", &text("deviceId")]),
        "device.pair.rename" => {
            [words(&["devices", "rename", &format!("--name={}", text("label"))]), device().into()].concat()
        }
        "device.token.rotate" => [words(&["devices", "rotate"]), device().into(), role().into()].concat(),
        "device.token.revoke" => [words(&["devices", "revoke"]), device().into(), role().into()].concat(),
        // A process's arguments can be read by everybody on the machine.
        "config.patch" | "config.apply" | "config.set" => {
            let message = "the machine forwards no ports over SSH, and a config is only sent through its WebSocket";
            return Err(GatewayError::Refused {
                method: method.to_owned(),
                code: Some("UNAVAILABLE".to_owned()),
                message: message.to_owned(),
            });
        }
        other => words(&["gateway", "call", other, "--params", &params.to_string()]),
    };
    arguments.push("--json".to_owned());
    Ok(arguments)
}

/// The answer on standard output; or the reason there, in `error`, or else on standard error.
pub fn read(method: &str, output: &Output) -> Result<Value, GatewayError> {
    let method = || method.to_owned();
    let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    // xargs says 123 where the command it ran ended with another code than 0.
    match (output.code, answer) {
        (0, Some(answer)) if !output.truncated => Ok(answer),
        // Neither xargs nor a shell found the program.
        (127, None) => Err(GatewayError::Closed {
            reason: "OpenClaw is not installed there yet; the bootstrap log shows how far the machine is".to_owned(),
        }),
        (0, _) => Err(GatewayError::Protocol { method: method(), message: "its command line sent no JSON".to_owned() }),
        (_, answer) => {
            let error = answer.as_ref().and_then(|a| a.get("error")).cloned().unwrap_or_default();
            let text = |key: &str| error.get(key).and_then(Value::as_str).map(printable);
            match error.get("type").and_then(Value::as_str) {
                Some("gateway_transport_error") => Err(GatewayError::Closed {
                    reason: text("message").or(text("kind")).unwrap_or_else(|| "no connection".to_owned()),
                }),
                _ => {
                    let said = printable(&String::from_utf8_lossy(&output.stderr));
                    Err(GatewayError::Refused {
                        method: method(),
                        code: text("code"),
                        message: text("message").unwrap_or(said),
                    })
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn output(code: u32, stdout: &str, stderr: &str) -> Output {
        Output { code, stdout: stdout.into(), stderr: stderr.into(), truncated: false }
    }

    #[test]
    fn content_is_one_argument_whatever_it_holds() {
        let name = "-Bob's \"new\" $(phone); -x\n";
        let said = arguments("device.pair.rename", &json!({"deviceId": "d", "label": name})).unwrap();
        assert_eq!(said, ["devices", "rename", &format!("--name={name}"), "--device", "d", "--json"]);
        let said = arguments("channels.pairing.list", &json!({"channel": "x"})).unwrap();
        assert_eq!(said, ["gateway", "call", "channels.pairing.list", "--params", r#"{"channel":"x"}"#, "--json"]);
        assert!(arguments("config.patch", &json!({"raw": "{}"})).is_err());
    }

    #[test]
    fn a_machine_that_is_still_coming_up_says_so() {
        for said in ["xargs: openclaw: No such file or directory\n", "bash: xargs: command not found\n"] {
            let error = read("health", &output(127, "", said)).unwrap_err().to_string();
            assert!(error.contains("not installed there yet"), "{error}");
        }
    }

    #[test]
    fn refusals_as_recorded_from_openclaw_2026_9_6() {
        let unknown = output(123, r#"{"ok":false,"error":{"type":"cli_error","message":"unknown requestId"}}"#, "");
        let refused = read("m", &unknown).unwrap_err();
        assert_eq!(refused.to_string(), "the gateway refused m: unknown requestId");
        let silent = output(123, "", "No pending device request matches nope.\n");
        assert!(read("m", &silent).unwrap_err().to_string().contains("No pending device request"), "on stderr");
        let down = r#"{"ok":false,"error":{"type":"gateway_transport_error","kind":"closed"}}"#;
        assert!(matches!(read("m", &output(123, down, "")), Err(GatewayError::Closed { .. })));
        assert!(matches!(read("m", &output(0, "hello", "")), Err(GatewayError::Protocol { .. })));
    }
}
