//! How many connections the system lets this process have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than this is asked of no system; macOS refuses more.
const MOST: u64 = 10_240;

/// Raises the soft limit of open files as far as the process may, and gives half of it: files, requests and terminals
/// need some, too.
pub fn room() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(MOST).min(MOST);
    let mut granted = current.unwrap_or(MOST);
    if granted < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok() {
        granted = wanted;
    }
    usize::try_from(granted / 2).unwrap_or(usize::MAX)
}
