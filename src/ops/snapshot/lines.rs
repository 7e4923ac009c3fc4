//! A picture of the machines as text, a line each, so that as many threads read it as there are cores: the window's
//! first frame waits for it.

use std::{num::NonZero, thread};

use serde::de::Error as _;

use super::Machines;
use crate::fleet::{instance::Instance, seen::Seen};

/// Machines that are worth a thread.
const SHARE: usize = 200;
/// More are not quicker: they wait for the disk and for memory.
const MOST_THREADS: usize = 4;

/// First how many there are and when they were seen, then the machines.
pub fn of(machines: &Machines) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(&Seen::new(machines.value.len(), machines.at))?;
    for machine in &machines.value {
        text.push(b'\n');
        serde_json::to_writer(&mut text, machine)?;
    }
    Ok(text)
}

pub fn parse(text: &str) -> serde_json::Result<Machines> {
    let mut lines = text.lines();
    let head: Seen<usize> = serde_json::from_str(lines.next().unwrap_or_default())?;
    let lines: Vec<&str> = lines.collect();
    if lines.len() != head.value {
        return Err(serde_json::Error::custom(format!("{} machines of {} are there", lines.len(), head.value)));
    }
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    let share = lines.len().div_ceil(cores).max(SHARE);
    let mut shares = lines.chunks(share);
    let first = shares.next().unwrap_or_default();
    let machines = thread::scope(|scope| {
        let others: Vec<_> = shares.map(|share| scope.spawn(|| machines(share))).collect();
        let mut all = machines(first)?;
        for other in others {
            all.extend(other.join().unwrap_or_else(|_| Err(serde_json::Error::custom("a reader panicked")))?);
        }
        Ok::<_, serde_json::Error>(all)
    })?;
    Ok(Seen::new(machines, head.at))
}

fn machines(lines: &[&str]) -> serde_json::Result<Vec<Instance>> {
    lines.iter().map(|line| serde_json::from_str(line)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;

    fn machine(n: usize) -> Instance {
        serde_json::from_value(json!({
            "name": format!("claw-m{n}"), "id": "/subscriptions/s", "member": null, "slug": null, "email": "a\u{2028}b",
            "vm_size": "Standard_B2s", "power": {"value": "running", "at": "2026-11-21T19:55:21.703527625Z"},
            "provisioning": "Succeeded", "principal_id": null, "public_ip": null, "dns_name": null, "host_key": null,
            "shows_entra_login": true, "created": null, "tags": {"a": "b\nc"},
        }))
        .unwrap()
    }

    #[test]
    fn what_was_written_is_read_in_its_order_and_a_part_is_refused() {
        for count in [0, 1, SHARE, 5 * SHARE + 3] {
            let machines = (0..count).map(machine).collect();
            let seen = Seen::new(machines, OffsetDateTime::UNIX_EPOCH);
            let text = String::from_utf8(of(&seen).unwrap()).unwrap();
            assert_eq!(parse(&text).unwrap(), seen);
            if count > 0 {
                let part = &text[..text.rfind('\n').unwrap()];
                assert!(parse(part).unwrap_err().to_string().contains("are there"));
                assert!(parse(&text[..text.len() - 1]).is_err());
            }
        }
        assert!(parse("").is_err());
    }
}
