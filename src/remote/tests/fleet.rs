//! A hundred real servers at once, a hung one among them, and a slow one.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::sshd::{Sshd, keygen, public, signal, target, text};
use crate::remote::{Remote, RemoteSettings, Target};

const MACHINES: u8 = 100;

/// Each server a process of its own on an address of its own, 127.0.1.1 and on.
struct Fleet {
    servers: Vec<Child>,
    dir: tempfile::TempDir,
    port: u16,
}

impl Fleet {
    fn start() -> Option<Self> {
        // The usual one says whether there is an sshd at all.
        drop(Sshd::start()?);
        let dir = tempfile::tempdir().unwrap();
        keygen(&dir.path().join("host"), &["-t", "ed25519"]);
        keygen(&dir.path().join("key"), &["-t", "ed25519"]);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let servers = (1..=MACHINES).map(|n| serve(dir.path(), &format!("127.0.1.{n}:{port}"))).collect();
        let mut fleet = Self { servers, dir, port };
        for server in &mut fleet.servers {
            let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
            assert!(log.any(|line| line.unwrap().starts_with("Server listening on")));
        }
        Some(fleet)
    }

    fn remote(&self, limit: usize) -> Remote {
        let keys = vec![self.dir.path().join("key")];
        // How long a loaded computer takes for a hundred handshakes is not what is tested here.
        let connect_timeout = Duration::from_secs(600);
        Remote::new(RemoteSettings { keys, limit, connect_timeout, ..RemoteSettings::default() })
    }

    fn targets(&self) -> Vec<Target> {
        let key = public(&self.dir.path().join("host"));
        let named =
            |n| Target { machine: format!("claw-{n}"), ..target(&format!("127.0.1.{n}:{}", self.port), Some(&key)) };
        (1..=MACHINES).map(named).collect()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn serve(dir: &Path, address: &str) -> Child {
    let config = dir.join(address);
    // bash reads no ~/.bashrc on the second level, so what is measured is SSH and not somebody's shell.
    let text = format!(
        "SetEnv SHLVL=2\nListenAddress {address}\nHostKey {0}/host\nAuthorizedKeysFile {0}/key.pub\nStrictModes no\nUsePAM no\n\
         PidFile none\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n",
        dir.display()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(&config).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What `limit` connections at once make of one command on all of them; the first server hangs meanwhile.
async fn round(fleet: &Fleet, limit: usize) {
    let (remote, targets) = (&fleet.remote(limit), fleet.targets());
    let hung = fleet.servers[0].id().to_string();
    signal("-STOP", &hung);
    let mut running: FuturesUnordered<_> = targets
        .iter()
        .map(|target| async move { (target, remote.exec(target, &format!("echo {}", target.machine), b"").await) })
        .collect();
    for _ in 1..MACHINES {
        let (target, output) = running.next().await.unwrap();
        assert_eq!(text(&output.unwrap()), format!("{}\n", target.machine));
        assert_ne!(target.machine, "claw-1", "it hangs");
    }
    assert_eq!(remote.open(), limit.min(usize::from(MACHINES) - 1));
    signal("-CONT", &hung);
    let (target, output) = running.next().await.unwrap();
    assert_eq!((target.machine.as_str(), text(&output.unwrap())), ("claw-1", "claw-1\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_machines_answer_at_once_and_one_that_hangs_delays_nobody() {
    let Some(fleet) = Fleet::start() else { return };
    round(&fleet, 256).await;
    // Far fewer connections than machines: each makes room for the next.
    round(&fleet, 7).await;
}

#[tokio::test]
async fn a_machine_that_answers_byte_by_byte_is_slow_and_nothing_else() {
    let Some(sshd) = Sshd::start() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = target(&listener.local_addr().unwrap().to_string(), Some(&sshd.host_key));
    let port = sshd.port;
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let machine = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ((mut from_client, mut to_client), (mut from_machine, mut to_machine)) =
            (client.into_split(), machine.into_split());
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_machine).await });
        while let Ok(byte) = from_machine.read_u8().await {
            to_client.write_u8(byte).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let (remote, direct) = (sshd.remote(), sshd.target());
    let (much, quick) = tokio::join!(
        remote.exec(&slow, "head -c 20000 /dev/zero | tr '\\0' x", b""),
        remote.exec(&direct, "echo quick", b"")
    );
    assert_eq!(text(&much.unwrap()), "x".repeat(20_000));
    assert_eq!(text(&quick.unwrap()), "quick\n");
}
