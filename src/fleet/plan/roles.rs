//! Role assignments by whom they are for, and those at machines that are not their owner's.

use std::{collections::HashMap, iter::successors};

use super::role;
use crate::fleet::{names::Names, observed::Assignment, person::ObjectId};

/// An index of three tables, however many principals there are: a list for each of them took a tenth of a large plan.
pub struct Roles<'a> {
    all: &'a [Assignment],
    last: HashMap<&'a ObjectId, usize>,
    /// Of the same principal, by place in `all`.
    before: Vec<Option<usize>>,
}

impl<'a> Roles<'a> {
    pub fn among(all: &'a [Assignment]) -> Self {
        // Room for all from the start: what grows reads every key again.
        let (mut last, mut before) = (HashMap::with_capacity(all.len()), Vec::with_capacity(all.len()));
        before.extend(all.iter().enumerate().map(|(place, a)| last.insert(&a.principal, place)));
        Self { all, last, before }
    }

    pub fn of(&self, principal: &ObjectId) -> impl Iterator<Item = &'a Assignment> {
        let places = successors(self.last.get(principal).copied(), |place| *self.before.get(*place)?);
        places.filter_map(|place| self.all.get(place))
    }
}

/// Whether claw gave it: its name is the one claw gives, whoever runs it.
pub fn is_own(a: &Assignment) -> bool {
    let name = role::assignment_name(&a.scope, &a.principal, &a.role).to_string();
    a.id.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&name))
}

/// The machine that a member's role is for, by name; `None` for other roles and other scopes.
pub fn machine_of<'a>(a: &'a Assignment, names: &Names) -> Option<&'a str> {
    let is_members = [role::VM_USER_LOGIN, role::POWER_ON_OFF].iter().any(|role| a.role.eq_ignore_ascii_case(role));
    let machine = a.scope.rsplit('/').next().filter(|_| is_members)?;
    names.machine_id(machine).eq_ignore_ascii_case(&a.scope).then_some(machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_one_principal_and_nobody_elses() {
        let assignment = |principal: &str, id: &str| Assignment {
            id: id.into(),
            scope: String::new(),
            principal: ObjectId::new(principal),
            role: String::new(),
        };
        let all = [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")].map(|(who, id)| assignment(who, id));
        let roles = Roles::among(&all);
        let of = |who: &str| -> Vec<&str> { roles.of(&ObjectId::new(who)).map(|a| a.id.as_str()).collect() };
        assert_eq!((of("a"), of("b"), of("c")), (vec!["4", "3", "1"], vec!["2"], vec![]));
    }
}
