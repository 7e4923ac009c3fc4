//! SFTP version 3 over the machine's disk, as whoever is signed in.

use std::{collections::HashMap, sync::Arc};

use russh_sftp::{
    protocol::{Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode, Version},
    server::{Handler, StatusReply},
};

use super::session::Seat;
use crate::sim::machine::{disk::DiskError, hardware::Hardware};

/// OpenSSH's rename that replaces its target (PROTOCOL §4.3).
const POSIX_RENAME: &str = "posix-rename@openssh.com";
const MOST_HANDLES: usize = 64;

pub struct Files {
    hardware: Arc<Hardware>,
    user: String,
    handles: HashMap<String, String>,
    next: u64,
}

type Result<T> = std::result::Result<T, StatusReply>;

fn failed(error: DiskError) -> StatusReply {
    let code = match error {
        DiskError::Missing => StatusCode::NoSuchFile,
        DiskError::Denied => StatusCode::PermissionDenied,
        DiskError::Exists | DiskError::Full => StatusCode::Failure,
    };
    StatusReply::new(code)
}

fn ok(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Success".to_owned(), language_tag: String::new() }
}

impl Files {
    pub fn new(Seat { hardware, user }: Seat) -> Self {
        Self { hardware, user, handles: HashMap::new(), next: 0 }
    }

    fn user(&self) -> &str {
        &self.user
    }

    /// Relative names start at home.
    fn path(&self, name: &str) -> String {
        let name = name.trim_end_matches('/');
        match name {
            "" | "." => format!("/home/{}", self.user()),
            name if name.starts_with('/') => name.to_owned(),
            name => format!("/home/{}/{}", self.user(), name.trim_start_matches("./")),
        }
    }

    fn opened(&self, handle: &str) -> Result<&String> {
        self.handles.get(handle).ok_or_else(|| StatusReply::new(StatusCode::Failure))
    }

    fn attributes(&self, path: &str) -> Result<FileAttributes> {
        let disk = &self.hardware.disk;
        if disk.is_folder(path) {
            return Ok(FileAttributes { permissions: Some(0o040_755), ..FileAttributes::default() });
        }
        let file = disk.read(path, "root").map_err(failed)?;
        let size = Some(file.bytes.len() as u64);
        Ok(FileAttributes { size, permissions: Some(0o100_000 | file.mode), ..FileAttributes::default() })
    }

    fn set(&self, path: &str, attributes: &FileAttributes) -> Result<()> {
        let Some(mode) = attributes.permissions else { return Ok(()) };
        self.hardware.disk.set_mode(path, self.user(), mode).map_err(failed)
    }
}

impl Handler for Files {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusReply::new(StatusCode::OpUnsupported)
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Result<Version> {
        let extensions = [(POSIX_RENAME.to_owned(), "1".to_owned())].into();
        Ok(Version { extensions, ..Version::new() })
    }

    async fn open(&mut self, id: u32, name: String, flags: OpenFlags, attributes: FileAttributes) -> Result<Handle> {
        let path = self.path(&name);
        let disk = &self.hardware.disk;
        if self.handles.len() >= MOST_HANDLES {
            return Err(StatusReply::new(StatusCode::Failure));
        }
        let fresh = flags.contains(OpenFlags::CREATE)
            && (flags.intersects(OpenFlags::EXCLUDE | OpenFlags::TRUNCATE) || disk.size(&path).is_none());
        if fresh {
            let mode = attributes.permissions.unwrap_or(0o644) & 0o7777;
            disk.create(&path, self.user(), mode, flags.contains(OpenFlags::EXCLUDE)).map_err(failed)?;
        } else {
            disk.read(&path, self.user()).map_err(failed)?;
        }
        self.next += 1;
        let handle = self.next.to_string();
        self.handles.insert(handle.clone(), path);
        Ok(Handle { id, handle })
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status> {
        self.opened(&handle)?;
        self.handles.remove(&handle);
        Ok(ok(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let file = self.hardware.disk.read_from(self.opened(&handle)?, self.user(), offset).map_err(failed)?;
        if file.bytes.is_empty() {
            return Err(StatusReply::new(StatusCode::Eof));
        }
        let mut data = file.bytes;
        data.truncate(len as usize);
        Ok(Data { id, data })
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Result<Status> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.hardware.disk.write(self.opened(&handle)?, self.user(), offset, &data).map_err(failed)?;
        Ok(ok(id))
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs> {
        Ok(Attrs { id, attrs: self.attributes(&self.path(&path))? })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs> {
        self.stat(id, path).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs> {
        Ok(Attrs { id, attrs: self.attributes(self.opened(&handle)?)? })
    }

    async fn setstat(&mut self, id: u32, path: String, attributes: FileAttributes) -> Result<Status> {
        self.set(&self.path(&path), &attributes)?;
        Ok(ok(id))
    }

    async fn fsetstat(&mut self, id: u32, handle: String, attributes: FileAttributes) -> Result<Status> {
        self.set(self.opened(&handle)?, &attributes)?;
        Ok(ok(id))
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status> {
        self.hardware.disk.remove(&self.path(&path), self.user()).map_err(failed)?;
        Ok(ok(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, _: FileAttributes) -> Result<Status> {
        self.hardware.disk.make_folder(&self.path(&path), self.user()).map_err(failed)?;
        Ok(ok(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name> {
        Ok(Name { id, files: vec![File::dummy(self.path(&path))] })
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status> {
        let (from, to) = (self.path(&from), self.path(&to));
        self.hardware.disk.rename(&from, &to, self.user(), false).map_err(failed)?;
        Ok(ok(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Result<Packet> {
        let bad = || StatusReply::new(StatusCode::BadMessage);
        if request != POSIX_RENAME {
            return Err(self.unimplemented());
        }
        let (from, rest) = string(&data).ok_or_else(bad)?;
        let (to, _) = string(rest).ok_or_else(bad)?;
        let (from, to) = (self.path(&from), self.path(&to));
        self.hardware.disk.rename(&from, &to, self.user(), true).map_err(failed)?;
        Ok(Packet::Status(ok(id)))
    }
}

/// An SSH string, and what follows it (RFC 4251 §5).
fn string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((String::from_utf8(text.to_vec()).ok()?, rest))
}
