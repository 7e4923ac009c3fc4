//! The SFTP subsystem on the machine's disk: enough to upload a file whole.

use std::{collections::HashMap, sync::Arc};

use russh_sftp::protocol::{Attrs, Data, FileAttributes, Handle, OpenFlags, Packet, Status, StatusCode, Version};

use super::Machine;

pub struct Files {
    machine: Arc<Machine>,
    open: HashMap<String, (String, Vec<u8>, bool)>,
    next: u64,
}

impl Files {
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine, open: HashMap::new(), next: 0 }
    }
}

fn ok(id: u32) -> Status {
    Status { id, status_code: StatusCode::Ok, error_message: "Ok".into(), language_tag: "en".into() }
}

impl russh_sftp::server::Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> Self::Error {
        StatusCode::OpUnsupported
    }

    async fn init(&mut self, _version: u32, _extensions: HashMap<String, String>) -> Result<Version, Self::Error> {
        let mut version = Version::new();
        version.extensions.insert("posix-rename@openssh.com".into(), "1".into());
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        _attrs: FileAttributes,
    ) -> Result<Handle, Self::Error> {
        let existing = self.machine.disk.read(&path);
        let bytes = match (existing, flags.contains(OpenFlags::CREATE), flags.contains(OpenFlags::TRUNCATE)) {
            (None, false, _) => return Err(StatusCode::NoSuchFile),
            (Some(bytes), _, false) => bytes,
            _ => Vec::new(),
        };
        self.next += 1;
        let handle = self.next.to_string();
        self.open.insert(handle.clone(), (path, bytes, flags.contains(OpenFlags::WRITE)));
        Ok(Handle { id, handle })
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Result<Status, Self::Error> {
        let (_, bytes, _) = self.open.get_mut(&handle).ok_or(StatusCode::Failure)?;
        let start = usize::try_from(offset).map_err(|_| StatusCode::Failure)?;
        if start + data.len() > 8 << 20 {
            return Err(StatusCode::Failure);
        }
        bytes.resize(bytes.len().max(start + data.len()), 0);
        bytes[start..start + data.len()].copy_from_slice(&data);
        Ok(ok(id))
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, Self::Error> {
        let (_, bytes, _) = self.open.get(&handle).ok_or(StatusCode::Failure)?;
        let start = usize::try_from(offset).map_err(|_| StatusCode::Failure)?;
        match bytes.get(start..(start + len as usize).min(bytes.len())) {
            Some(data) if !data.is_empty() => Ok(Data { id, data: data.to_vec() }),
            _ => Err(StatusCode::Eof),
        }
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, Self::Error> {
        if let Some((path, bytes, true)) = self.open.remove(&handle) {
            self.machine.disk.write(&path, bytes);
        }
        Ok(ok(id))
    }

    async fn fsetstat(&mut self, id: u32, _handle: String, _attrs: FileAttributes) -> Result<Status, Self::Error> {
        Ok(ok(id))
    }

    async fn setstat(&mut self, id: u32, _path: String, _attrs: FileAttributes) -> Result<Status, Self::Error> {
        Ok(ok(id))
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, Self::Error> {
        let bytes = self.machine.disk.read(&path).ok_or(StatusCode::NoSuchFile)?;
        Ok(Attrs { id, attrs: FileAttributes { size: Some(bytes.len() as u64), ..FileAttributes::default() } })
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status, Self::Error> {
        self.machine.disk.remove(&path).map(|_| ok(id)).ok_or(StatusCode::NoSuchFile)
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, Self::Error> {
        let bytes = self.machine.disk.remove(&from).ok_or(StatusCode::NoSuchFile)?;
        self.machine.disk.write(&to, bytes);
        Ok(ok(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Result<Packet, Self::Error> {
        if request != "posix-rename@openssh.com" {
            return Err(StatusCode::OpUnsupported);
        }
        // Two strings, each with its length in front (PROTOCOL §4.3).
        let mut paths = Vec::new();
        let mut rest = data.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let path = after.get(..length).ok_or(StatusCode::BadMessage)?;
            paths.push(String::from_utf8_lossy(path).into_owned());
            rest = &after[length..];
        }
        let [from, to] = paths.as_slice() else { return Err(StatusCode::BadMessage) };
        self.rename(id, from.clone(), to.clone()).await.map(Packet::Status)
    }
}
