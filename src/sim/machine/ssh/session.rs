//! Work on a session channel: one command, or a small interactive shell.

use std::sync::Arc;

use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, server::Msg};

use super::{
    config_file,
    programs::{Output, Run, run},
    scripts,
};
use crate::sim::machine::hardware::Hardware;

/// Bytes of standard input kept for a program; a client must not eat the host's memory.
const INPUT: usize = 64 * 1024 * 1024;

type Writer = ChannelWriteHalf<Msg>;

/// Somebody at a machine.
pub struct Seat {
    pub hardware: Arc<Hardware>,
    /// Their login name.
    pub user: String,
}

/// Runs one command; its status comes before the channel's end.
pub async fn exec(Seat { hardware, user }: Seat, channel: Channel<Msg>, line: String) {
    let (mut input, output) = channel.split();
    let is_lost = hardware.gateway.silence.takes(line.split_ascii_whitespace());
    let started = match run(&hardware, &line, &user) {
        Run::Copy => {
            let code = copy(&mut input, &output).await;
            return finish(&output, code).await;
        }
        Run::Try => {
            let Some(patch) = whole(&mut input).await else { return finish(&output, None).await };
            Run::Ended(config_file::tried(&patch))
        }
        Run::Script { user, arguments } => {
            let Some(script) = whole(&mut input).await else { return finish(&output, None).await };
            Run::Ended(scripts::run(&hardware, &script, &user, &arguments))
        }
        other => other,
    };
    if is_lost {
        hung_up(&mut input).await;
        return finish(&output, None).await;
    }
    let work = command(&hardware, &output, started);
    let code = tokio::select! {
        code = work => code,
        () = hung_up(&mut input) => None,
    };
    finish(&output, code.map(|(code, _)| code)).await;
}

async fn copy(input: &mut ChannelReadHalf, output: &Writer) -> Option<u32> {
    loop {
        match input.wait().await? {
            ChannelMsg::Data { data } => output.data(&data[..]).await.ok()?,
            ChannelMsg::Eof => return Some(0),
            ChannelMsg::Close => return None,
            _ => {}
        }
    }
}

/// Everything that comes in; `None` when the client is gone before its end.
async fn whole(input: &mut ChannelReadHalf) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        match input.wait().await? {
            ChannelMsg::Data { data } if all.len() < INPUT => all.extend_from_slice(&data),
            ChannelMsg::Eof => return Some(all),
            ChannelMsg::Close => return None,
            _ => {}
        }
    }
}

/// Passes on what a program said; its status, or `None` when the client is gone.
async fn said(output: &Writer, ended: Output) -> Option<u32> {
    output.data(&ended.stdout[..]).await.ok()?;
    output.extended_data(1, &ended.stderr[..]).await.ok()?;
    Some(ended.code)
}

/// Takes what the client sends and nobody reads, until it closes the channel.
async fn hung_up(input: &mut ChannelReadHalf) {
    while let Some(message) = input.wait().await {
        if matches!(message, ChannelMsg::Close | ChannelMsg::Signal { .. }) {
            return;
        }
    }
}

/// Status, end of file, close. A client that is gone needs none of them.
async fn finish(output: &Writer, code: Option<u32>) {
    if let Some(code) = code {
        let _ = output.exit_status(code).await;
    }
    let _ = output.eof().await;
    let _ = output.close().await;
}

/// The command's status and whether a shell ends with it; `None` when the client is gone.
async fn command(hardware: &Hardware, output: &Writer, started: Run) -> Option<(u32, bool)> {
    match started {
        Run::Ended(ended) => Some((said(output, ended).await?, false)),
        Run::Copy | Run::Try | Run::Script { .. } => Some((0, false)),
        Run::Exit(code) => Some((code, true)),
        Run::Follow { path, user, mut offset, only } => {
            let start = offset;
            let mut changes = hardware.disk.changes();
            loop {
                if let Ok(file) = hardware.disk.read_from(&path, &user, offset) {
                    let (bytes, read) = match &only {
                        None => (file.bytes.clone(), file.bytes.len()),
                        Some(only) => found(&file.bytes, offset - start, only),
                    };
                    offset += read;
                    output.data(&bytes[..]).await.ok()?;
                }
                changes.changed().await.ok()?;
            }
        }
    }
}

/// What `grep -aibF` says of the whole lines in `bytes`, which begin at `at` of its input, and how many bytes they are.
fn found(bytes: &[u8], at: usize, only: &str) -> (Vec<u8>, usize) {
    let (mut said, mut read) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n")) {
        if String::from_utf8_lossy(line).to_lowercase().contains(only) {
            said.extend_from_slice(format!("{}:", at + read).as_bytes());
            said.extend_from_slice(line);
        }
        read += line.len();
    }
    (said, read)
}

/// Reads lines, runs them, prompts. `echo`: the client has a terminal and expects to see what it types.
pub async fn shell(seat: Seat, channel: Channel<Msg>, echo: bool) {
    let (mut input, output) = channel.split();
    let code = talk(&seat, &mut input, &output, echo).await;
    finish(&output, code).await;
}

async fn talk(seat: &Seat, input: &mut ChannelReadHalf, output: &Writer, echo: bool) -> Option<u32> {
    let prompt = format!("{}@{}:~$ ", seat.user, seat.hardware.spec.name);
    if echo {
        let welcome = format!("Welcome to Ubuntu 24.04.3 LTS (GNU/Linux 6.14.0-1012-azure x86_64)\r\n\r\n{prompt}");
        output.data(welcome.as_bytes()).await.ok()?;
    }
    let (mut line, mut code) = (Vec::new(), 0);
    loop {
        let bytes = match input.wait().await? {
            ChannelMsg::Data { data } => data,
            ChannelMsg::Eof => return Some(code),
            ChannelMsg::Close => return None,
            _ => continue,
        };
        for byte in bytes.iter().copied() {
            match byte {
                b'\r' | b'\n' => {
                    if echo {
                        output.data(&b"\r\n"[..]).await.ok()?;
                    }
                    let text = String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned();
                    let (ended, last) = in_shell(seat, output, &text, echo).await?;
                    code = ended;
                    if last {
                        return Some(code);
                    }
                    if echo {
                        output.data(prompt.as_bytes()).await.ok()?;
                    }
                }
                4 if line.is_empty() => return Some(code),
                3 => {
                    line.clear();
                    output.data(format!("^C\r\n{prompt}").as_bytes()).await.ok()?;
                }
                8 | 127 => {
                    let erased = line.pop().map_or(&b""[..], |_| b"\x08 \x08");
                    output.data(if echo { erased } else { b"" }).await.ok()?;
                }
                byte if byte >= b' ' && line.len() < 4096 => {
                    line.push(byte);
                    if echo {
                        output.data(&[byte][..]).await.ok()?;
                    }
                }
                _ => {}
            }
        }
    }
}

/// A terminal wants a carriage return before each line's end.
async fn in_shell(Seat { hardware, user }: &Seat, output: &Writer, line: &str, terminal: bool) -> Option<(u32, bool)> {
    if !terminal {
        return command(hardware, output, run(hardware, line, user)).await;
    }
    match run(hardware, line, user) {
        Run::Copy | Run::Try | Run::Script { .. } => Some((0, false)),
        Run::Exit(code) => Some((code, true)),
        Run::Ended(Output { stdout, stderr, code }) => {
            let text = String::from_utf8_lossy(&[stdout, stderr].concat()).replace('\n', "\r\n");
            output.data(text.as_bytes()).await.ok()?;
            Some((code, false))
        }
        Run::Follow { path, user, offset, .. } => {
            // No job control here: what is there, and the prompt again.
            let there = hardware.disk.read_from(&path, &user, offset).map(|file| file.bytes).unwrap_or_default();
            output.data(String::from_utf8_lossy(&there).replace('\n', "\r\n").as_bytes()).await.ok()?;
            Some((0, false))
        }
    }
}
