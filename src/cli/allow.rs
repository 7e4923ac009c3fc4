//! `claw allow [CIDR]`.

use serde_json::json;

use super::{Output, args::AllowArgs, confirm, table::table};
use crate::{
    fleet::allow::SecurityRule,
    ops::{
        OpsError, Session,
        allow::{self, Change},
    },
};

pub async fn run(session: &Session, args: &AllowArgs, output: &Output) -> Result<u8, OpsError> {
    let machine = args.machine.as_deref();
    let Some(cidr) = &args.cidr else { return list(session, output).await };
    if args.remove {
        let (rule, change) = allow::remove(session, cidr, machine).await?;
        output.result("allow", &json!({"rule": rule, "change": change}), || match change {
            Change::Unchanged => format!("{rule}: there is no such rule"),
            _ => format!("{rule}: removed"),
        });
        return Ok(0);
    }
    session.may_change()?;
    if cidr.trim().ends_with("/0") {
        confirm::yes(
            output,
            "That is every address there is; whoever has a key or a role can then come from anywhere.",
        )?;
    }
    let (rule, change, is_open) = allow::allow(session, cidr, machine).await?;
    if is_open {
        output.note("SSH is open to any address already (network.sshFrom in team.json narrows it)");
    }
    output.result("allow", &json!({"rule": rule, "change": change, "openToAll": is_open}), || match change {
        Change::Unchanged => format!("{rule}: is there already"),
        _ => format!("{rule}: added; claw allow {cidr}{} --remove takes it back", of(machine)),
    });
    Ok(0)
}

fn of(machine: Option<&str>) -> String {
    machine.map(|m| format!(" --for {m}")).unwrap_or_default()
}

async fn list(session: &Session, output: &Output) -> Result<u8, OpsError> {
    let rules = allow::list(session).await?;
    output.result("allow", &json!({"rules": rules}), || {
        let row = |r: &SecurityRule| [r.name.clone(), r.from.join(" "), r.to.join(" "), r.ports.join(" ")];
        table(["RULE", "FROM", "TO", "PORT"], rules.iter().map(row))
    });
    Ok(0)
}
