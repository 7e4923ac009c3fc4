//! Which policy holds for a machine. What can't be read was meant to keep something on, so it switches nothing off.

use super::super::{OpsError, Session, roster};
use crate::fleet::{
    idle::policy::{IdleOverride, IdleSettings},
    instance::Instance,
    member::Member,
    owners::Owners,
    team::{Problem, Team, TeamFile},
};

pub struct Policies {
    team: Team,
    owners: Owners,
    /// An entry that can't be read may be anybody's, with a policy of their own in it.
    hidden: Option<String>,
}

/// What team.json says of idleness, read without a fault.
pub struct Readable {
    team: Team,
    hidden: Option<String>,
}

impl Readable {
    /// Refuses where a policy itself can't be read.
    pub fn of(session: &Session, file: TeamFile) -> Result<Self, OpsError> {
        let TeamFile { team, problems } = file;
        let path = session.settings().team.display().to_string();
        let mut wrong = problems.iter().filter(|problem| problem.is_about_idle());
        if let Some(first) = wrong.next() {
            let message = format!("{path} {}; until that is mended no machine is judged", place(first));
            let mut error = OpsError::input(message, first.remedy.clone());
            error.causes = wrong.map(|next| format!("{} ({})", place(next), next.remedy)).collect();
            return Err(error);
        }
        if team.idle.unreadable {
            return Err(OpsError::input(format!("`idle` in {path} can't be read"), "claw plan says what is wrong"));
        }
        let hidden = problems.iter().find(|problem| problem.hides_a_member);
        let hidden = hidden.map(|problem| format!("{path} {} ({})", place(problem), problem.remedy));
        Ok(Self { team, hidden })
    }

    /// For these machines. The directory is asked for members with a policy of their own, or for all where an entry that
    /// can't be read is not to be taken for one of them.
    pub async fn of_machines(self, session: &Session, machines: &[Instance]) -> Policies {
        let Self { team, hidden } = self;
        let counts = |m: &&Member| hidden.is_some() || m.idle != IdleOverride::default();
        let members = team.members.iter().filter(counts).cloned().collect();
        let owners = Owners::new(roster::resolve(session, members).await, &team.members, machines);
        Policies { team, owners, hidden }
    }
}

impl Policies {
    /// Their addresses, as in team.json.
    pub fn operators(&self) -> &[String] {
        &self.team.operators
    }

    /// The policy for one machine, or why nobody knows it.
    pub fn of_machine(&self, instance: &Instance) -> Result<IdleSettings, &str> {
        match (self.owners.of(instance)?, &self.hidden) {
            (Some(member), _) => Ok(self.team.idle.with(&member.idle)),
            (None, Some(why)) => Err(why),
            (None, None) => Ok(self.team.idle.clone()),
        }
    }
}

fn place(problem: &Problem) -> String {
    format!("line {}, {}: {}", problem.line, problem.field, problem.message)
}
