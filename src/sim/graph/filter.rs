//! The part of OData's `$filter` that finds users: `mail eq 'a' or userPrincipalName in ('b','c')`.

use crate::sim::scenario::User;

/// Clauses joined by `or`.
#[derive(Debug, PartialEq, Eq)]
pub struct Filter(Vec<Clause>);

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    field: Field,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Mail,
    UserPrincipalName,
    DisplayName,
}

#[derive(Debug, PartialEq, Eq)]
pub enum FilterError {
    /// With the text that can't be read.
    Syntax(String),
    /// A property that the embedded cloud doesn't filter by.
    UnknownField,
    /// More than 15 values, Graph's limit.
    TooManyValues(usize),
}

const MAX_VALUES: usize = 15;

impl Filter {
    /// Graph compares these properties without case.
    pub fn matches(&self, user: &User) -> bool {
        self.0.iter().any(|clause| {
            let actual = match clause.field {
                Field::Id => &user.id,
                Field::UserPrincipalName => &user.upn,
                Field::DisplayName => &user.name,
                Field::Mail => match &user.mail {
                    Some(mail) => mail,
                    None => return false,
                },
            };
            clause.values.iter().any(|value| value.to_lowercase() == actual.to_lowercase())
        })
    }
}

pub fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut rest = text.trim();
    let mut clauses = Vec::new();
    loop {
        let (clause, after) = clause(rest)?;
        clauses.push(clause);
        rest = match after.trim_start() {
            "" => break,
            after => after.strip_prefix("or ").ok_or_else(|| syntax(after))?.trim_start(),
        };
    }
    match clauses.iter().map(|clause: &Clause| clause.values.len()).sum() {
        count if count > MAX_VALUES => Err(FilterError::TooManyValues(count)),
        _ => Ok(Filter(clauses)),
    }
}

fn clause(text: &str) -> Result<(Clause, &str), FilterError> {
    let (name, rest) = text.split_once(' ').ok_or_else(|| syntax(text))?;
    let field = match name {
        "id" => Field::Id,
        "mail" => Field::Mail,
        "userPrincipalName" => Field::UserPrincipalName,
        "displayName" => Field::DisplayName,
        _ => return Err(FilterError::UnknownField),
    };
    let rest = rest.trim_start();
    if let Some(value) = rest.strip_prefix("eq ") {
        let (value, rest) = string(value.trim_start())?;
        return Ok((Clause { field, values: vec![value] }, rest));
    }
    let list = rest.strip_prefix("in").map(str::trim_start).and_then(|list| list.strip_prefix('('));
    let mut rest = list.ok_or_else(|| syntax(rest))?;
    let mut values = Vec::new();
    loop {
        let (value, after) = string(rest.trim_start())?;
        values.push(value);
        let after = after.trim_start();
        if let Some(end) = after.strip_prefix(')') {
            return Ok((Clause { field, values }, end));
        }
        rest = after.strip_prefix(',').ok_or_else(|| syntax(after))?;
    }
}

/// A quoted string, in which a quote is doubled; and what follows it.
fn string(text: &str) -> Result<(String, &str), FilterError> {
    let mut rest = text.strip_prefix('\'').ok_or_else(|| syntax(text))?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'').ok_or_else(|| syntax(text))?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Ok((value, after)),
        }
    }
}

fn syntax(at: &str) -> FilterError {
    FilterError::Syntax(at.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(upn: &str, mail: Option<&str>) -> User {
        User {
            id: "1".into(),
            upn: upn.into(),
            mail: mail.map(Into::into),
            name: "A".into(),
            enabled: true,
            sign_in: Default::default(),
        }
    }

    #[test]
    fn mail_or_upn_with_escapes() {
        let filter = parse("mail eq 'o''hara@x' or userPrincipalName eq 'b@x'").unwrap();
        assert!(filter.matches(&user("c@x", Some("O'Hara@x"))));
        assert!(filter.matches(&user("B@x", None)));
        assert!(!filter.matches(&user("c@x", Some("c@x"))));
    }

    #[test]
    fn lists_up_to_fifteen() {
        let list = |count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("'u{n}@x'")).collect();
            parse(&format!("userPrincipalName in ({})", names.join(", ")))
        };
        assert!(list(15).unwrap().matches(&user("u14@x", None)));
        assert_eq!(list(16), Err(FilterError::TooManyValues(16)));
    }

    #[test]
    fn what_it_cannot_read() {
        assert_eq!(parse("startswith(mail,'a')"), Err(FilterError::Syntax("startswith(mail,'a')".into())));
        assert_eq!(parse("city eq 'Bonn'"), Err(FilterError::UnknownField));
        for broken in ["mail eq 'a", "mail eq a", "mail eq 'a' and id eq 'b'", "mail in 'a'", "", "mail in ('a'"] {
            assert!(matches!(parse(broken), Err(FilterError::Syntax(_))), "{broken}");
        }
    }
}
