//! Which cloud, through what, as whom.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{
    super::OpsError,
    Overrides, check,
    explain::Row,
    origin::{Origin, Sourced},
    sign_in,
    sources::{Flag, Sources},
};
use crate::azure::{CloudSettings, Environment};

/// Settles the cloud's settings and tells their origins.
pub fn settle(overrides: &Overrides, sources: &Sources<'_>, rows: &mut Vec<Row>) -> Result<CloudSettings, OpsError> {
    let named = sources.find(Flag::text("--cloud", overrides.cloud.as_deref()), "CLAW_CLOUD");
    let named = named.unwrap_or_else(|| Sourced::built_in("public".into()));
    let (mut cloud, file) = read(&named.value)?;
    rows.push(Row::of("cloud", &named));
    let from_file = || file.clone().map_or(Origin::Default, |file| Origin::CloudFile { file });

    let subscription =
        sources.find(Flag::text("--subscription", overrides.subscription.as_deref()), "AZURE_SUBSCRIPTION");
    let subscription = subscription.or_else(|| Some(Sourced::new(cloud.subscription.clone()?, from_file())));
    subscription.as_ref().map_or(Ok(()), check::subscription)?;
    rows.push(Row::maybe("subscription", subscription.as_ref()));
    cloud.subscription = subscription.map(|s| s.value);

    let credential = sign_in::choose(overrides.credential.as_deref(), &mut cloud, file.as_deref(), sources)?;
    rows.push(Row::maybe("tenant", cloud.tenant.clone().map(|t| Sourced::new(t, credential.origin.clone())).as_ref()));
    rows.push(Row::of("credential", &credential));

    let proxy = match &cloud.proxy {
        Some(url) => Some(Sourced::new(url.to_string(), from_file())),
        None => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().find_map(|name| sources.variable(name)),
    };
    let proxy = proxy.map(|p| Sourced::new(without_password(&p.value), p.origin));
    rows.push(Row::maybe("proxy", proxy.as_ref()));
    if cloud.proxy.is_none() {
        rows.push(Row::maybe(
            "no-proxy",
            sources.variable("NO_PROXY").or_else(|| sources.variable("no_proxy")).as_ref(),
        ));
    }
    cloud.ca = authorities(overrides, &cloud.ca, &from_file(), sources, rows)?;
    Ok(cloud)
}

fn read(name: &str) -> Result<(CloudSettings, Option<PathBuf>), OpsError> {
    if let Some(environment) = Environment::named(name) {
        return Ok((CloudSettings::of(environment), None));
    }
    let path = Path::new(name);
    let cloud = CloudSettings::from_file(path).map_err(|e| OpsError::input(e.to_string(), e.remedy()))?;
    Ok((cloud, Some(path.to_owned())))
}

/// All of them count: a company's authority is trusted beside the platform's.
fn authorities(
    overrides: &Overrides,
    of_file: &[PathBuf],
    file: &Origin,
    sources: &Sources<'_>,
    rows: &mut Vec<Row>,
) -> Result<Vec<PathBuf>, OpsError> {
    let mut named: Vec<Sourced<PathBuf>> = of_file.iter().map(|ca| Sourced::new(ca.clone(), file.clone())).collect();
    for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        named.extend(sources.variable(variable).map(|v| Sourced::new(PathBuf::from(v.value), v.origin)));
    }
    named.extend(overrides.ca.clone().map(|ca| Sourced::new(ca, Origin::Flag { name: "--ca" })));
    // Both variables name the system's bundle on many machines.
    let mut met = HashSet::new();
    named.retain(|ca| met.insert(ca.value.clone()));
    for ca in &named {
        if !ca.value.is_file() {
            let message = format!("there is no certificate file {} ({})", ca.value.display(), ca.origin);
            return Err(OpsError::input(message, "name a PEM file with your proxy's certificate authority, or none"));
        }
        rows.push(Row::file("ca", ca));
    }
    if named.is_empty() {
        rows.push(Row::maybe("ca", None));
    }
    Ok(named.into_iter().map(|ca| ca.value).collect())
}

/// A proxy's address as it may be shown.
fn without_password(proxy: &str) -> String {
    match url::Url::parse(proxy) {
        Ok(url) if url.host_str().is_some() => {
            let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default())
        }
        // `user:password@host:port` without a scheme.
        _ => proxy.rsplit('@').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_proxys_password_is_never_shown() {
        for text in
            ["http://ann:hush@proxy.example:3128", "ann:hush@proxy.example:3128", "http://ann:hush@proxy.example"]
        {
            let shown = without_password(text);
            assert!(shown.contains("proxy.example") && !shown.contains("hush"), "{shown}");
        }
    }
}
