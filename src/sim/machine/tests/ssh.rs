use std::sync::Arc;

use russh::ChannelMsg;
use russh_sftp::{client::SftpSession, protocol::OpenFlags};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{NO_TIME, exec, new_key, ready, rig};
use crate::sim::{door::Door, faults::Spoil, machine::disk::SETUP_LOG, met::BROKEN};

#[tokio::test]
async fn only_the_administrator_s_key_opens() {
    let rig = rig(NO_TIME);
    rig.machine.power_on();
    assert!(rig.knock("clawadmin", &rig.key).await.1);
    assert!(!rig.knock("root", &rig.key).await.1);
    assert!(!rig.knock("clawadmin", &new_key()).await.1);
}

#[tokio::test]
async fn a_machine_that_is_off_hangs_up() {
    let rig = rig(NO_TIME);
    let (near, far) = tokio::io::duplex(64);
    rig.machine.serve(far, None).await;
    drop(near);
    let _: Arc<_> = rig.world;
}

#[tokio::test]
async fn commands_say_and_end_as_they_should() {
    let rig = ready("[timings]\nstage = \"0s\"\n[every_machine]\nalready_up = \"5h\"\n").await;
    let client = rig.login().await;
    for (command, out, err, code) in [
        ("hostname", "claw-alice\n", "", 0),
        ("seq 2 4", "2\n3\n4\n", "", 0),
        ("whoami", "clawadmin\n", "", 0),
        ("who", "", "", 0),
        ("echo 'a b'  c", "a b c\n", "", 0),
        ("true", "", "", 0),
        ("false", "", "", 1),
        ("exit 7", "", "", 7),
        ("frobnicate x", "", "bash: frobnicate: command not found\n", 127),
        ("cat /nowhere", "", "cat: /nowhere: No such file or directory\n", 1),
        (
            "cat /run/openclaw/secrets/gateway-token",
            "",
            "cat: /run/openclaw/secrets/gateway-token: Permission denied\n",
            1,
        ),
    ] {
        assert_eq!(exec(&client, command).await, (out.to_owned(), err.to_owned(), code), "{command}");
    }
    let (token, _, code) = exec(&client, "sudo -n -u openclaw cat /run/openclaw/secrets/gateway-token").await;
    assert_eq!((token.len(), code), (64, 0));
    assert!(exec(&client, "uptime").await.0.contains("load average"));
    let up: f64 = exec(&client, "cat /proc/uptime").await.0.split(' ').next().unwrap().parse().unwrap();
    assert!((18_000.0..19_000.0).contains(&up), "{up}");
    let (log, ..) = exec(&client, &format!("cat -- {SETUP_LOG}")).await;
    assert_eq!(exec(&client, &format!("stat -c %s -- {SETUP_LOG}")).await.0, format!("{}\n", log.len()));
    assert_eq!(exec(&client, &format!("tail -n 1 {SETUP_LOG}")).await.0.trim_end(), log.lines().last().unwrap());
    let gateway = "/home/openclaw/.openclaw/gateway.log";
    assert_eq!(exec(&client, &format!("cat {gateway}")).await.2, 1);
    assert!(exec(&client, &format!("sudo -n -u openclaw cat -- {gateway}")).await.0.contains("listening"));
}

#[tokio::test]
async fn a_tail_follows_growth_from_its_byte_on() {
    let rig = rig("");
    rig.machine.power_on();
    let disk = &rig.machine.hardware.disk;
    let path = "/var/log/other.log";
    let client = rig.login().await;
    let mut channel = client.channel_open_session().await.unwrap();
    channel.exec(true, format!("tail -c +3 -F -- {path}")).await.unwrap();
    let mut seen = String::new();
    for (line, wanted) in [("12345", "345\n"), ("next", "345\nnext\n")] {
        disk.log(path, "root", 0o644, line);
        while seen != wanted {
            if let ChannelMsg::Data { data } = channel.wait().await.unwrap() {
                seen.push_str(std::str::from_utf8(&data).unwrap());
            }
        }
    }
    channel.close().await.unwrap();
    assert_eq!(exec(&client, "true").await.2, 0, "the connection goes on");
}

#[tokio::test]
async fn grep_behind_a_tail_sends_what_it_finds_with_its_place() {
    let rig = rig("");
    rig.machine.power_on();
    let (disk, path) = (&rig.machine.hardware.disk, "/var/log/other.log");
    let client = rig.login().await;
    let mut channel = client.channel_open_session().await.unwrap();
    let command = format!("tail -c +1 --pid=$PPID -F -- {path} | grep --line-buffered -aibF -e 'an Ox'");
    channel.exec(true, command).await.unwrap();
    for line in ["123", "AN OX here", "no", "and an ox"] {
        disk.log(path, "root", 0o644, line);
    }
    let mut seen = String::new();
    while seen != "4:AN OX here\n18:and an ox\n" {
        if let ChannelMsg::Data { data } = channel.wait().await.unwrap() {
            seen.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

#[tokio::test]
async fn files_are_uploaded_and_renamed() {
    let rig = rig(NO_TIME);
    rig.machine.power_on();
    let client = rig.login().await;
    let channel = client.channel_open_session().await.unwrap();
    channel.request_subsystem(true, "sftp").await.unwrap();
    let sftp = SftpSession::new(channel.into_stream()).await.unwrap();
    let flags = OpenFlags::CREATE | OpenFlags::EXCLUDE | OpenFlags::WRITE;
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let mut file = sftp.open_with_flags("/home/clawadmin/new", flags).await.unwrap();
    file.write_all(&bytes).await.unwrap();
    file.shutdown().await.unwrap();
    sftp.rename("/home/clawadmin/new", "/home/clawadmin/file").await.unwrap();
    assert_eq!(sftp.read("/home/clawadmin/file").await.unwrap(), bytes);
    assert!(sftp.open_with_flags("/etc/passwd", flags).await.is_err());
    assert!(sftp.open_with_flags("/home/clawadmin/nowhere/x", flags).await.is_err());
    assert_eq!(exec(&client, "stat -c %s -- /home/clawadmin/file").await.0, "200000\n");
}

#[tokio::test]
async fn a_shell_prompts_runs_and_exits() {
    let rig = rig(NO_TIME);
    rig.machine.power_on();
    let client = rig.login().await;
    let mut channel = client.channel_open_session().await.unwrap();
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
    channel.request_shell(true).await.unwrap();
    channel.data(&b"whoamx\x7fi\rexit 3\r"[..]).await.unwrap();
    let (mut text, mut code) = (String::new(), None);
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => text.push_str(std::str::from_utf8(&data).unwrap()),
            ChannelMsg::ExitStatus { exit_status } => code = Some(exit_status),
            _ => {}
        }
    }
    assert_eq!(code, Some(3));
    assert!(text.contains("clawadmin@claw-alice:~$ ") && text.contains("\r\nclawadmin\r\n"), "{text:?}");
}

#[tokio::test]
async fn a_connection_may_break_in_the_middle_or_go_quiet() {
    let rig = ready(NO_TIME).await;
    for spoil in [Spoil::Cut, Spoil::Silence] {
        let (mut near, far) = tokio::io::duplex(64 * 1024);
        let served = tokio::spawn(Door::Until(rig.machine.clone(), 300, spoil).serve(far));
        near.write_all(b"SSH-2.0-caller\r\n").await.unwrap();
        let mut heard = vec![0; 300];
        near.read_exact(&mut heard).await.unwrap();
        assert!(heard.starts_with(b"SSH-2.0-"));
        match spoil {
            Spoil::Cut => assert_eq!(near.read(&mut heard).await.unwrap(), 0),
            _ => assert!(futures::poll!(std::pin::pin!(near.read(&mut heard))).is_pending()),
        }
        drop(near);
        served.await.unwrap();
    }
    assert_eq!(rig.world.state().met[BROKEN], 2);
}
