//! Uploads: whole or not at all.

use std::os::unix::fs::PermissionsExt;

use super::sshd::{Sshd, error, kill};
use crate::remote::RemoteErrorKind as Kind;

#[tokio::test]
async fn writes_replaces_and_sets_the_mode() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    let bytes: Vec<u8> = (0..1_000_000u32).flat_map(u32::to_be_bytes).collect();
    std::fs::create_dir(sshd.path("up")).unwrap();
    let path = sshd.path("up").join("a file's name");
    for (bytes, mode) in [(&b"old"[..], 0o600), (&bytes[..], 0o640), (&b""[..], 0o400)] {
        remote.upload(&target, &path.display().to_string(), bytes, mode).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
    }
    assert_eq!(std::fs::read_dir(sshd.path("up")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_failed_upload_leaves_nothing_behind() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    // A directory can't be replaced by a file: the rename is what fails.
    std::fs::create_dir_all(sshd.path("up/taken/full")).unwrap();
    let refused = error(remote.upload(&target, &sshd.text("up/taken"), b"x", 0o600).await);
    assert_eq!(refused.kind, Kind::Protocol, "{refused}");
    assert!(refused.message.contains("up/taken"), "{refused}");
    let names: Vec<_> = std::fs::read_dir(sshd.path("up")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["taken"]);

    let refused = error(remote.upload(&target, &sshd.text("no/such/dir"), b"x", 0o600).await);
    assert!(refused.message.contains("no such directory"), "{refused}");
}

#[tokio::test]
async fn a_connection_lost_on_the_way_leaves_nothing_behind_either() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    std::fs::create_dir(sshd.path("up")).unwrap();
    let names = || std::fs::read_dir(sshd.path("up")).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    // Learnt before, so that nothing but the upload is on its way when the connection is cut.
    let session = sshd.session(&remote).await;
    let path = sshd.text("up/big");
    let uploading = tokio::spawn(async move { remote.upload(&target, &path, &vec![1; 50_000_000], 0o600).await });
    while names().is_empty() {
        tokio::task::yield_now().await;
    }
    kill(&session);
    assert_eq!(error(uploading.await.unwrap()).kind, Kind::Lost);
    assert_eq!(names(), [""; 0]);
}

#[tokio::test]
async fn an_upload_follows_no_symbolic_link() {
    let Some(sshd) = Sshd::start() else { return };
    let (remote, target) = (sshd.remote(), sshd.target());
    std::fs::create_dir(sshd.path("up")).unwrap();
    std::fs::write(sshd.path("victim"), "untouched").unwrap();
    let path = sshd.path("up").join("file");
    std::os::unix::fs::symlink(sshd.path("victim"), &path).unwrap();
    remote.upload(&target, &path.display().to_string(), b"new", 0o640).await.unwrap();
    assert_eq!(std::fs::read(sshd.path("victim")).unwrap(), b"untouched");
    assert!(std::fs::symlink_metadata(&path).unwrap().is_file(), "the link itself was replaced");
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
}
