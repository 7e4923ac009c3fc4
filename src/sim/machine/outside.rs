//! A machine that this process can't be: a program named in the scenario runs it, such as a real Ubuntu in a
//! container. What is asked of such a program stands in docs/embedded-cloud.md.

use std::{
    io,
    net::SocketAddr,
    process::Stdio,
    sync::{Mutex, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader, DuplexStream},
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_util::sync::CancellationToken;

use super::{hardware::Hardware, identity};
use crate::sim::{cloud_file, entra};

/// What a line that says where SSH is begins with; every other line is the serial console's.
const DOOR: &str = "claw-machine ssh ";

/// Where the program's machine is reached.
#[derive(Default)]
pub struct Outside {
    door: Mutex<Option<SocketAddr>>,
    /// Held while the program runs: a boot waits for the shutdown before it.
    running: tokio::sync::Mutex<()>,
}

impl Outside {
    fn set(&self, door: Option<SocketAddr>) {
        *self.door.lock().unwrap_or_else(PoisonError::into_inner) = door;
    }

    /// Carries a connection to port 22 to wherever it is; hangs up while it is nowhere.
    pub async fn carry(&self, mut near: DuplexStream) {
        let door = *self.door.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(door) = door else { return };
        if let Ok(mut far) = TcpStream::connect(door).await {
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        }
    }
}

/// Runs the program until it ends, which it does when its standard input closes: at `off`, or with this process.
pub async fn run(hardware: &Hardware, off: CancellationToken) {
    let _turn = hardware.outside.running.lock().await;
    if off.is_cancelled() {
        return;
    }
    if let Err(error) = serve(hardware, &off).await {
        hardware.console.line(&format!("the machine's program can't be run: {error}"));
    }
    hardware.outside.set(None);
}

async fn serve(hardware: &Hardware, off: &CancellationToken) -> io::Result<()> {
    let metadata = TcpListener::bind("127.0.0.1:0").await?;
    let [program, arguments @ ..] = &hardware.script.run[..] else { return Ok(()) };
    let place = &hardware.world.place;
    let folder = place.dir.join("machines").join(&hardware.spec.name);
    let write = |name: &str, text: &str| {
        cloud_file::make_folder(&folder).and_then(|()| cloud_file::write_private(&folder.join(name), text))
    };
    let files = [
        ("user-data", String::from_utf8_lossy(&hardware.spec.custom_data).into_owned()),
        ("authorized_keys", format!("{}\n", hardware.spec.authorized_keys.join("\n"))),
        ("login-ca.pub", entra::authority_line(&hardware.world).unwrap_or_default() + "\n"),
    ];
    files.iter().try_for_each(|(name, text)| write(name, text)).map_err(io::Error::other)?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("CLAW_MACHINE", &hardware.spec.name)
        .env("CLAW_MACHINE_FOLDER", &folder)
        .env("CLAW_MACHINE_ADMIN", &hardware.spec.admin_user)
        .env("CLAW_MACHINE_PROXY", format!("127.0.0.1:{}", place.port))
        .env("CLAW_MACHINE_CA", place.dir.join("ca.pem"))
        .env("CLAW_MACHINE_METADATA", metadata.local_addr()?.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut power, output) = (child.stdin.take(), child.stdout.take());
    let identities = identity::serve(hardware, metadata);
    let console = async {
        let Some(output) = output else { return };
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            tell(hardware, &String::from_utf8_lossy(&line));
        }
    };
    let ended = async {
        tokio::select! {
            ended = child.wait() => return ended,
            () = off.cancelled() => drop(power.take()),
        }
        child.wait().await
    };
    tokio::select! {
        () = identities => Ok(()),
        ((), status) = async { tokio::join!(console, ended) } => status.map(|_| ()),
    }
}

fn tell(hardware: &Hardware, line: &str) {
    let line = line.trim_end_matches('\r');
    match line.strip_prefix(DOOR).map(str::parse) {
        Some(Ok(door)) => hardware.outside.set(Some(door)),
        _ => hardware.console.line(line),
    }
}
