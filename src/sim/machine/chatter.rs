//! What a bootstrap says between its markers: free text, as apt and npm print it.

const PACKAGES: [&str; 8] = [
    "Get:%n http://archive.example/ubuntu noble-updates/main amd64 Packages [1,2%n kB]",
    "Reading package lists...",
    "The following NEW packages will be installed: ca-certificates curl jq npm dbus-user-session iptables",
    "Selecting previously unselected package libnode10%n:amd64.",
    "Preparing to unpack .../%n-node-undici_5.26.3+dfsg1-2_all.deb ...",
    "Unpacking nodejs (18.19.1+dfsg-6ubuntu5.%n) ...",
    "Setting up jq (1.7.1-3ubuntu0.24.04.%n) ...",
    "Processing triggers for libc-bin (2.39-0ubuntu8.%n) ...",
];
const NPM: [&str; 6] = [
    "npm \u{1b}[36mhttp\u{1b}[39m fetch GET 200 https://registry.example/undici 8%nms (cache miss)",
    "npm \u{1b}[33mwarn\u{1b}[39m deprecated inflight@1.0.6: This module is not supported",
    "\u{1b}[1m(%n/64)\u{1b}[0m reify:@openclaw/core: \u{1b}[32mtimed\u{1b}[0m in 3%n ms",
    "npm \u{1b}[36minfo\u{1b}[39m run protobufjs@7.5.4 postinstall",
    "added %n packages in 1%ns",
    "%n packages are looking for funding",
];
const OTHER: [&str; 4] = [
    "checking %n of 30",
    "systemd[1]: Reloading requested from client PID 1%n",
    "\u{1b}[32mok\u{1b}[0m: step %n",
    "install: creating directory (%n)",
];

/// The `n`-th line of a stage.
pub fn line(stage: &str, n: usize) -> String {
    let lines: &[&str] = match stage {
        "packages" => &PACKAGES,
        "node" | "openclaw" => &NPM,
        _ => &OTHER,
    };
    lines.get(n % lines.len()).unwrap_or(&"").replace("%n", &(n + 1).to_string())
}
