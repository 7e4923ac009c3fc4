//! Files to a machine over SFTP (version 3, as OpenSSH speaks it): whole or not at all.

use std::sync::Arc;

use futures::{TryStreamExt, stream::FuturesUnordered};
use russh_sftp::{
    client::{RawSftpSession, error::Error as SftpError},
    extensions::HardlinkExtension,
    protocol::{FileAttributes, OpenFlags, Packet, StatusCode},
};

use super::{
    connections::{Connections, Lease},
    error::{RemoteError, RemoteErrorKind as Kind},
    exec::refused,
    values::Target,
};

/// OpenSSH's rename that replaces its target (PROTOCOL §4.3); plain SFTP version 3 refuses to.
const POSIX_RENAME: &str = "posix-rename@openssh.com";
/// Bytes in one write request, and such requests on their way at once.
const PIECE: usize = 30_000;
const AT_ONCE: usize = 16;
const OPERATION: &str = "upload";

/// Writes `bytes` under a temporary name beside `path`, gives it `mode`, and renames it. The file is readable by
/// its owner only until it is complete.
pub async fn upload(
    connections: &Arc<Connections>,
    target: &Target,
    path: &str,
    bytes: Vec<u8>,
    mode: u32,
) -> Result<(), RemoteError> {
    let temporary = format!("{path}.claw-{:08x}", rand::random::<u32>());
    // A task of its own: who stops waiting must not leave half a file behind.
    let work = {
        let (connections, target, path) = (Arc::clone(connections), target.clone(), path.to_owned());
        async move {
            let written = attempt(&connections, &target, &temporary, &path, &bytes, mode).await;
            if written.as_ref().is_err_and(|e| e.kind == Kind::Lost)
                && let Ok(session) = Session::open(&connections, &target).await
            {
                let _ = session.sftp.remove(&temporary).await;
            }
            written
        }
    };
    match tokio::spawn(work).await {
        Ok(written) => written,
        Err(e) => Err(RemoteError::new(Kind::Lost, OPERATION, target, e.to_string())),
    }
}

async fn attempt(
    connections: &Connections,
    target: &Target,
    temporary: &str,
    path: &str,
    bytes: &[u8],
    mode: u32,
) -> Result<(), RemoteError> {
    let session = Session::open(connections, target).await?;
    let written = tokio::select! {
        written = session.write(temporary, path, bytes, mode) => written,
        () = session.lease.gone() => {
            return Err(RemoteError::new(Kind::Lost, OPERATION, target, format!("{path}: the connection was lost")));
        }
    };
    if written.is_err() {
        let _ = session.sftp.remove(temporary).await;
    }
    written.map_err(|e| failed(&e, target, path))
}

fn failed(error: &SftpError, target: &Target, path: &str) -> RemoteError {
    match error {
        SftpError::Status(status) => {
            let why = match status.status_code {
                StatusCode::NoSuchFile => "no such directory".to_owned(),
                StatusCode::PermissionDenied => "permission denied".to_owned(),
                _ => status.error_message.clone(),
            };
            RemoteError::new(Kind::Protocol, OPERATION, target, format!("{path} can't be written: {why}"))
        }
        e => RemoteError::new(Kind::Lost, OPERATION, target, format!("{path}: {e}")),
    }
}

struct Session {
    sftp: RawSftpSession,
    replaces: bool,
    lease: Lease,
    _slot: tokio::sync::OwnedSemaphorePermit,
}

impl Session {
    async fn open(connections: &Connections, target: &Target) -> Result<Self, RemoteError> {
        let lease = connections.shared(target, OPERATION).await?;
        let (channel, slot) = lease.session().await.map_err(|e| refused(e, target, OPERATION))?;
        let lost = |why: String| RemoteError::new(Kind::Lost, OPERATION, target, why);
        channel.request_subsystem(true, "sftp").await.map_err(|e| lost(e.to_string()))?;
        let sftp = RawSftpSession::new(channel.into_stream());
        let version = sftp.init().await.map_err(|e| {
            RemoteError::new(Kind::Protocol, OPERATION, target, format!("the machine offers no SFTP: {e}"))
        })?;
        let replaces = version.extensions.contains_key(POSIX_RENAME);
        Ok(Self { sftp, replaces, lease, _slot: slot })
    }

    async fn write(&self, temporary: &str, path: &str, bytes: &[u8], mode: u32) -> Result<(), SftpError> {
        let flags = OpenFlags::CREATE | OpenFlags::EXCLUDE | OpenFlags::WRITE;
        let handle = self.sftp.open(temporary, flags, permissions(0o600)).await?.handle;
        let mut writing = FuturesUnordered::new();
        for (i, piece) in bytes.chunks(PIECE).enumerate() {
            if writing.len() == AT_ONCE {
                writing.try_next().await?;
            }
            writing.push(self.sftp.write(handle.as_str(), (i * PIECE) as u64, piece.to_vec()));
        }
        while writing.try_next().await?.is_some() {}
        drop(writing);
        self.sftp.fsetstat(handle.as_str(), permissions(mode)).await?;
        self.sftp.close(handle).await?;
        if !self.replaces {
            return self.sftp.rename(temporary, path).await.map(|_| ());
        }
        // Two paths one after the other, as the hard link extension has them.
        let names = HardlinkExtension { oldpath: temporary.to_owned(), newpath: path.to_owned() };
        match self.sftp.extended(POSIX_RENAME, names.try_into()?).await? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(SftpError::Status(status)),
            _ => Err(SftpError::UnexpectedPacket),
        }
    }
}

fn permissions(mode: u32) -> FileAttributes {
    FileAttributes { permissions: Some(mode & 0o7777), ..FileAttributes::default() }
}
