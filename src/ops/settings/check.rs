//! Values that Azure would refuse later, refused now with what would be right.

use super::{super::OpsError, origin::Sourced};
use crate::azure::Environment;

/// Names that Azure refuses for an administrator (Compute, `osProfile.adminUsername`).
const TAKEN: [&str; 40] = [
    "administrator",
    "admin",
    "user",
    "user1",
    "test",
    "user2",
    "test1",
    "user3",
    "admin1",
    "1",
    "123",
    "a",
    "actuser",
    "adm",
    "admin2",
    "aspnet",
    "backup",
    "console",
    "david",
    "guest",
    "john",
    "owner",
    "root",
    "server",
    "sql",
    "support",
    "support_388945a0",
    "sys",
    "test2",
    "test3",
    "user4",
    "user5",
    "video",
    "daemon",
    "bin",
    "nobody",
    "sshd",
    "ubuntu",
    "www-data",
    "mail",
];

fn wrong(what: &str, given: &Sourced, why: &str, remedy: impl Into<String>) -> OpsError {
    OpsError::input(format!("{what} `{}` ({}) {why}", given.value, given.origin), remedy)
}

/// A subscription's id.
pub fn subscription(given: &Sourced) -> Result<(), OpsError> {
    if given.value.len() == 36 && given.value.parse::<uuid::Uuid>().is_ok() {
        return Ok(());
    }
    let remedy = "give its id, not its name: az account show --query id -o tsv";
    Err(wrong("the subscription", given, "is not a GUID", remedy))
}

/// Whether Azure takes it as a resource group's name.
pub fn is_group(name: &str) -> bool {
    let clean = name.chars().all(|c| c.is_alphanumeric() || "_-.()".contains(c));
    clean && (1..=90).contains(&name.chars().count()) && !name.ends_with('.')
}

/// Whether it is written like a location's short name.
pub fn is_location(name: &str) -> bool {
    let short = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    short && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// A resource group's name: 1 to 90 letters, digits, `_ - . ( )`, no dot at the end.
pub fn group(given: &Sourced) -> Result<(), OpsError> {
    if is_group(&given.value) {
        return Ok(());
    }
    let remedy = "use at most 90 letters, digits and _ - . ( ), without a dot at the end, for example openclaw-rg";
    Err(wrong("the resource group", given, "is no name that Azure takes", remedy))
}

/// A location's short name, in the cloud that was chosen. Whether it offers what claw needs, Azure will say.
pub fn location(given: &Sourced, environment: Environment) -> Result<(), OpsError> {
    let name = &given.value;
    let short: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if !is_location(name) {
        let known = if short.is_empty() { "eastus2" } else { &short };
        return Err(wrong("the location", given, "is not a location's short name", format!("write it like `{known}`")));
    }
    let home = match name {
        n if n.starts_with("usgov") || n.starts_with("usdod") => Environment::UsGov,
        n if n.starts_with("china") => Environment::China,
        _ => Environment::Public,
    };
    if home == environment {
        return Ok(());
    }
    let example = match environment {
        Environment::Public => "eastus2",
        Environment::UsGov => "usgovvirginia",
        Environment::China => "chinanorth3",
    };
    let remedy = format!("set LOCATION or --location, for example {example}, or choose --cloud {}", home.name());
    Err(wrong("the location", given, &format!("is not in the {} cloud", environment.name()), remedy))
}

/// The administrator's name on the machines. `openclaw` belongs to the gateway.
pub fn admin(given: &Sourced) -> Result<(), OpsError> {
    let name = &given.value;
    let remedy = "use lower-case letters and digits, for example clawadmin";
    if name == "openclaw" {
        let why = "is the account that runs the gateway; the administrator must be another";
        return Err(wrong("the administrator's name", given, why, remedy));
    }
    if TAKEN.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(wrong("the administrator's name", given, "is one that Azure or Ubuntu reserves", remedy));
    }
    let clean = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 32
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if clean { Ok(()) } else { Err(wrong("the administrator's name", given, "is no Linux user name", remedy)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::settings::origin::Origin;

    fn given(value: &str) -> Sourced {
        Sourced::new(value.into(), Origin::Variable { name: "X" })
    }

    #[test]
    fn what_azure_takes_is_taken() {
        subscription(&given("0b2f6ab3-0000-4000-8000-00000000abcd")).unwrap();
        for name in ["openclaw-rg", "Team.1_(eu)", "größe"] {
            group(&given(name)).unwrap();
        }
        for (name, environment) in [
            ("eastus2", Environment::Public),
            ("swedencentral", Environment::Public),
            ("usgovvirginia", Environment::UsGov),
            ("chinaeast2", Environment::China),
        ] {
            location(&given(name), environment).unwrap();
        }
        admin(&given("clawadmin")).unwrap();
    }

    #[test]
    fn every_refusal_names_the_value_its_source_and_a_way_out() {
        let refused = [
            (subscription(&given("My Subscription")), "not a GUID"),
            (subscription(&given("{0b2f6ab3-0000-4000-8000-00000000abcd}")), "not a GUID"),
            (group(&given("a/b")), "no name"),
            (group(&given("rg.")), "no name"),
            (group(&given(&"x".repeat(91))), "no name"),
            (location(&given("East US 2"), Environment::Public), "short name"),
            (location(&given("eastus2"), Environment::UsGov), "usgov cloud"),
            (location(&given("chinaeast2"), Environment::Public), "public cloud"),
            (admin(&given("openclaw")), "runs the gateway"),
            (admin(&given("root")), "reserves"),
            (admin(&given("Admin")), "reserves"),
            (admin(&given("a b")), "no Linux user name"),
        ];
        for (result, says) in refused {
            let error = result.unwrap_err();
            assert!(error.message.contains(says) && error.message.contains("(variable X)"), "{error}");
            assert_eq!(error.kind, crate::ops::ErrorKind::Input);
            assert!(error.remedy.is_some());
        }
        let east = location(&given("East US 2"), Environment::Public).unwrap_err();
        assert_eq!(east.remedy.as_deref(), Some("write it like `eastus2`"));
    }
}
