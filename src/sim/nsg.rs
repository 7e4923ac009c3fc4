//! Network security groups: whether inbound TCP 22 from an address gets through.

use std::net::IpAddr;

use serde_json::Value;

use super::world::State;

/// Whether the group lets TCP 22 in from `source` to a private address. Rules hold by priority, lowest number first; what no
/// rule decides is denied, as Azure's default rules do for traffic from outside.
pub fn allows_ssh(state: &State, group_id: &str, source: IpAddr, to: Option<IpAddr>) -> bool {
    let group = group_id.to_ascii_lowercase();
    let Some(resource) = state.resources.get(&group) else { return false };
    let embedded = resource.body["properties"]["securityRules"].as_array().into_iter().flatten();
    let child_prefix = format!("{group}/securityrules/");
    let children = state.resources.iter().filter(|(id, _)| id.starts_with(&child_prefix)).map(|(_, r)| &r.body);
    let mut rules: Vec<&Value> =
        embedded.chain(children).map(|rule| &rule["properties"]).filter(|rule| matches(rule, source, to)).collect();
    rules.sort_by_key(|rule| rule["priority"].as_u64().unwrap_or(u64::MAX));
    rules.first().is_some_and(|rule| says(&rule["access"], "Allow"))
}

fn matches(rule: &Value, source: IpAddr, to: Option<IpAddr>) -> bool {
    says(&rule["direction"], "Inbound")
        && (says(&rule["protocol"], "Tcp") || says(&rule["protocol"], "*"))
        && both(rule, "destinationPortRange").any(has_port_22)
        && both(rule, "sourceAddressPrefix").any(|prefix| is_in(prefix, source))
        && both(rule, "destinationAddressPrefix")
            .any(|p| to.map_or(p == "*", |to| p == "VirtualNetwork" || is_in(p, to)))
}

fn says(value: &Value, word: &str) -> bool {
    value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// A rule has the one form (`sourceAddressPrefix`), the list (`sourceAddressPrefixes`), or both.
fn both<'a>(rule: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    let list_name = if name.ends_with('x') { format!("{name}es") } else { format!("{name}s") };
    let list = rule[list_name.as_str()].as_array().into_iter().flatten();
    std::iter::once(&rule[name]).chain(list).filter_map(Value::as_str)
}

fn has_port_22(range: &str) -> bool {
    let (low, high) = range.split_once('-').unwrap_or((range, range));
    range == "*"
        || matches!((low.parse::<u16>(), high.parse::<u16>()), (Ok(low), Ok(high)) if (low..=high).contains(&22))
}

fn is_in(prefix: &str, source: IpAddr) -> bool {
    if prefix == "*" || prefix.eq_ignore_ascii_case("Internet") || prefix.eq_ignore_ascii_case("Any") {
        return true;
    }
    let (network, length) = prefix.split_once('/').unwrap_or((prefix, ""));
    match (network.parse::<IpAddr>(), source) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(source)) => {
            covers(u32::from(network).into(), u32::from(source).into(), 32, length)
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(source)) => covers(network.into(), source.into(), 128, length),
        _ => false,
    }
}

/// Whether two addresses of `width` bits agree in their first `length` ones; no length means all.
fn covers(network: u128, source: u128, width: u32, length: &str) -> bool {
    let length = if length.is_empty() { Some(width) } else { length.parse().ok().filter(|length| *length <= width) };
    length.is_some_and(|length| length == 0 || network >> (width - length) == source >> (width - length))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sim::world::Resource;

    fn state(rules: Value) -> State {
        let mut state = State::default();
        let id = "/subscriptions/s/providers/microsoft.network/networksecuritygroups/nsg".to_owned();
        let body = json!({"id": id, "properties": {"securityRules": rules}});
        let kind = "microsoft.network/networksecuritygroups".into();
        state.resources.insert(id.clone(), Resource { id, kind, body });
        state
    }

    fn rule(priority: u32, access: &str, ports: &str, source: &str) -> Value {
        json!({"properties": {"priority": priority, "access": access, "direction": "Inbound", "protocol": "Tcp",
            "destinationPortRange": ports, "sourceAddressPrefix": source, "destinationAddressPrefix": "*"}})
    }

    fn allowed(rules: Value) -> bool {
        let id = "/subscriptions/s/providers/Microsoft.Network/networkSecurityGroups/nsg";
        allows_ssh(&state(rules), id, "127.0.0.1".parse().unwrap(), "10.40.0.4".parse().ok())
    }

    #[test]
    fn what_no_rule_allows_is_denied() {
        assert!(!allowed(json!([])));
        assert!(!allowed(json!([rule(100, "Allow", "443", "*")])));
        assert!(!allowed(json!([rule(100, "Allow", "22", "203.0.113.0/24")])));
    }

    #[test]
    fn sources_and_ports_in_all_their_forms() {
        for source in ["*", "Internet", "0.0.0.0/0", "127.0.0.0/8", "127.0.0.1", "127.0.0.1/32"] {
            assert!(allowed(json!([rule(100, "Allow", "22", source)])), "{source}");
        }
        assert!(allowed(json!([rule(100, "Allow", "20-30", "*")])));
        let mut lists = rule(100, "Allow", "", "");
        lists["properties"]["sourceAddressPrefixes"] = json!(["203.0.113.7/32", "127.0.0.1/32"]);
        lists["properties"]["destinationPortRanges"] = json!(["22", "2222"]);
        assert!(allowed(json!([lists])));
    }

    #[test]
    fn a_rule_for_one_machine_opens_no_other() {
        let mut narrow = rule(100, "Allow", "22", "*");
        narrow["properties"]["destinationAddressPrefix"] = json!("10.40.0.4");
        assert!(allowed(json!([narrow])));
        narrow["properties"]["destinationAddressPrefix"] = json!("10.40.0.5");
        assert!(!allowed(json!([narrow])));
    }

    #[test]
    fn the_lowest_priority_number_decides() {
        let (deny, allow) = (rule(200, "Deny", "*", "*"), rule(300, "Allow", "22", "*"));
        assert!(!allowed(json!([allow, deny])));
        assert!(allowed(json!([rule(100, "Allow", "22", "*"), deny])));
    }
}
