//! The part of OData's `$filter` that finds users and groups: `mail eq 'a' or userPrincipalName in ('b','c')`,
//! `proxyAddresses/any(p:p eq 'smtp:a')`.

/// Properties of users that can be filtered by; the last one is a collection.
pub const USER: [&str; 5] = ["id", "mail", "userPrincipalName", "displayName", COLLECTION];
pub const GROUP: [&str; 2] = ["id", "displayName"];
const COLLECTION: &str = "proxyAddresses";

/// Clauses joined by `or`.
#[derive(Debug, PartialEq, Eq)]
pub struct Filter(Vec<Clause>);

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    field: String,
    values: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// With the text that can't be read.
    Syntax(String),
    /// Right OData, perhaps, but the embedded cloud doesn't know it.
    Unknown,
    /// More than 15 values, Graph's limit.
    TooManyValues(usize),
}

const MAX_VALUES: usize = 15;

impl Filter {
    /// `values` says what an object has in a field. Graph compares without case, but for the `SMTP:` of an address.
    pub fn matches(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().any(|clause| {
            let actual = values(&clause.field);
            clause.values.iter().any(|wanted| actual.iter().any(|actual| equal(&clause.field, wanted, actual)))
        })
    }
}

fn equal(field: &str, wanted: &str, actual: &str) -> bool {
    let prefix = |text: &str| text.split_once(':').map(|(prefix, _)| prefix.to_owned());
    wanted.to_lowercase() == actual.to_lowercase() && (field != COLLECTION || prefix(wanted) == prefix(actual))
}

/// `fields`: what may be filtered by.
pub fn parse(text: &str, fields: &[&str]) -> Result<Filter, Error> {
    let mut rest = text.trim();
    let mut clauses = Vec::new();
    loop {
        let (clause, after) = clause(rest, fields)?;
        clauses.push(clause);
        rest = match after.trim_start() {
            "" => break,
            after if after.starts_with("and ") => return Err(Error::Unknown),
            after => after.strip_prefix("or ").ok_or_else(|| syntax(after))?.trim_start(),
        };
    }
    match clauses.iter().map(|clause: &Clause| clause.values.len()).sum() {
        count if count > MAX_VALUES => Err(Error::TooManyValues(count)),
        _ => Ok(Filter(clauses)),
    }
}

fn clause<'t>(text: &'t str, fields: &[&str]) -> Result<(Clause, &'t str), Error> {
    if let Some((name, rest)) = text.split_once("/any(").filter(|(name, _)| is_word(name)) {
        return match fields.contains(&name) && name == COLLECTION {
            true => any(name, rest),
            false => Err(Error::Unknown),
        };
    }
    if text.split_once('(').is_some_and(|(function, _)| is_word(function)) {
        return Err(Error::Unknown);
    }
    let (name, rest) = text.split_once(' ').ok_or_else(|| syntax(text))?;
    if !fields.contains(&name) || name == COLLECTION {
        return Err(Error::Unknown);
    }
    let field = name.to_owned();
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

/// `p:p eq 'value')`, and what follows it.
fn any<'t>(field: &str, text: &'t str) -> Result<(Clause, &'t str), Error> {
    let (variable, rest) = text.split_once(':').filter(|(v, _)| is_word(v)).ok_or_else(|| syntax(text))?;
    let value = rest.trim_start().strip_prefix(variable).and_then(|rest| rest.trim_start().strip_prefix("eq "));
    let (value, rest) = string(value.ok_or_else(|| syntax(rest))?.trim_start())?;
    let rest = rest.trim_start().strip_prefix(')').ok_or_else(|| syntax(rest))?;
    Ok((Clause { field: field.to_owned(), values: vec![value] }, rest))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// A quoted string, in which a quote is doubled; and what follows it.
fn string(text: &str) -> Result<(String, &str), Error> {
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

fn syntax(at: &str) -> Error {
    Error::Syntax(at.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, field: &str, value: &str) -> bool {
        let of = |asked: &str| if asked == field { vec![value.to_owned()] } else { Vec::new() };
        parse(text, &USER).unwrap().matches(of)
    }

    #[test]
    fn mail_or_upn_with_escapes() {
        let filter = "mail eq 'o''hara@x' or userPrincipalName eq 'b@x'";
        assert!(matches(filter, "mail", "O'Hara@x"));
        assert!(matches(filter, "userPrincipalName", "B@x"));
        assert!(!matches(filter, "mail", "c@x"));
    }

    #[test]
    fn an_alias_by_its_address_in_any_case_and_its_prefix_in_its_own() {
        let filter = "mail eq 'a@x' or proxyAddresses/any(p:p eq 'smtp:A@x') or id eq '1'";
        assert!(matches(filter, "proxyAddresses", "smtp:a@X"));
        assert!(!matches(filter, "proxyAddresses", "SMTP:a@x"));
        assert!(matches(filter, "id", "1"));
    }

    #[test]
    fn lists_up_to_fifteen() {
        let list = |count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("'u{n}@x'")).collect();
            format!("userPrincipalName in ({})", names.join(", "))
        };
        assert!(matches(&list(15), "userPrincipalName", "u14@x"));
        assert_eq!(parse(&list(16), &USER), Err(Error::TooManyValues(16)));
    }

    #[test]
    fn what_it_cannot_read() {
        for unknown in [
            "startswith(mail,'a')",
            "mail eq 'a' and id eq 'b'",
            "city eq 'Bonn'",
            "otherMails/any(x:x eq 'a')",
            "proxyAddresses eq 'smtp:a'",
        ] {
            assert_eq!(parse(unknown, &USER), Err(Error::Unknown), "{unknown}");
        }
        assert_eq!(parse("mail eq 'a'", &GROUP), Err(Error::Unknown));
        for broken in [
            "mail eq 'a",
            "mail eq a",
            "mail in 'a'",
            "",
            "mail in ('a'",
            "proxyAddresses/any(p:q eq 'a')",
            "proxyAddresses/any(p:p eq 'a'",
        ] {
            assert!(matches!(parse(broken, &USER), Err(Error::Syntax(_))), "{broken}");
        }
    }
}
