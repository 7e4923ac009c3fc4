use std::path::Path;

use super::*;

fn sealed(folder: &Path, to: &Recipients, bytes: &[u8]) -> (std::path::PathBuf, Measure) {
    let path = folder.join("a.age");
    let file = std::fs::File::create(&path).unwrap();
    let (sender, receiver) = mpsc::channel(1000);
    for piece in bytes.chunks(1000) {
        sender.try_send(piece.to_vec()).unwrap();
    }
    drop(sender);
    let mark = Mark { machine: "claw-alice".into(), member: None };
    let measure = seal(&file, &path, to, &mark, receiver).unwrap();
    (path, measure)
}

fn opened(path: &Path, with: &Identities) -> Result<Vec<u8>, crate::ops::OpsError> {
    let (sender, mut receiver) = mpsc::channel(1000);
    assert_eq!(open(path, with, &sender)?.unwrap().machine, "claw-alice");
    drop(sender);
    let mut all = Vec::new();
    while let Ok(piece) = receiver.try_recv() {
        all.extend(piece);
    }
    Ok(all)
}

#[test]
fn what_was_sealed_for_an_ssh_key_opens_with_it_and_no_other() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (key, wrong) = (crate::ops::key::own(folder.path()).unwrap(), crate::ops::key::own(other.path()).unwrap());
    let recipients = Recipients::new(&[], std::slice::from_ref(&key)).unwrap();
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let (path, measure) = sealed(folder.path(), &recipients, &bytes);
    assert_eq!(measure.bytes, 200_000);
    let text = std::fs::read(&path).unwrap();
    assert!(text.starts_with(b"age-encryption.org/v1\n-> ssh-ed25519 "));
    assert!(opened(&path, &Identities::read(&[], std::slice::from_ref(&key)).unwrap()).unwrap() == bytes);
    let refused = opened(&path, &Identities::read(&[wrong], &[]).unwrap()).unwrap_err();
    assert!(refused.message.contains("none of your keys opens it"), "{refused}");

    std::fs::write(&path, &text[..text.len() - 5]).unwrap();
    assert!(opened(&path, &Identities::read(&[key], &[]).unwrap()).is_err(), "cut short");
}

#[test]
fn an_age_key_does_as_well() {
    use age::secrecy::ExposeSecret;
    let folder = tempfile::tempdir().unwrap();
    let identity = age::x25519::Identity::generate();
    let key = folder.path().join("key.txt");
    std::fs::write(&key, format!("# mine\n{}\n", identity.to_string().expose_secret())).unwrap();
    let recipients = Recipients::new(&[identity.to_public().to_string()], &[]).unwrap();
    let (path, _) = sealed(folder.path(), &recipients, b"hello");
    assert_eq!(opened(&path, &Identities::read(&[key], &[]).unwrap()).unwrap(), b"hello");
    assert!(Recipients::new(&["ecdsa-sha2-nistp256 AAAA".into()], &[]).is_err());
    assert!(Recipients::new(&[], &[]).is_err());
}
