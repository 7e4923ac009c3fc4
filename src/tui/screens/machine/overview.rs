//! A machine at a glance.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::{
    fleet::{idle::in_words, instance::Instance},
    ops::text::harmless,
    tui::{screens::logs, state::State, theme::Theme},
};

const UNKNOWN: &str = "–";

pub fn lines(state: &State, name: &str, theme: Theme) -> Vec<Line<'static>> {
    let row = |what: &str, value: Option<String>, style: Style| {
        let value = value.filter(|v| !v.is_empty()).map_or_else(|| UNKNOWN.to_owned(), |v| harmless(&v));
        Line::from(vec![Span::styled(format!(" {what:<16}"), theme.dim), Span::styled(value, style)])
    };
    let instance = state.instance(name);
    let of = |get: fn(&Instance) -> Option<String>| instance.and_then(get);
    let view = state.views.get(name);
    let gateway = view.and_then(|v| v.gateway.as_ref());
    let devices = view
        .filter(|v| v.devices_known || !v.pending.is_empty())
        .map(|v| format!("{} paired, {} asking", v.paired.len(), v.pending.len()));
    let seen = |i: &Instance| format!("{}, seen {} ago", i.power.value.word(), in_words(i.power.age(state.now)));
    let age = |i: &Instance| i.created.map(|c| format!("{} ago", in_words(state.now - c)));
    vec![
        row("state", instance.map(seen).or_else(|| Some("planned".into())), theme.text),
        row("provisioning", of(|i| Some(i.provisioning.clone())), theme.text),
        row("bootstrap", view.map(|v| logs::stage(&v.progress, state)), theme.text),
        row(
            "gateway",
            gateway.map(|(_, d)| d.clone()),
            if gateway.is_some_and(|g| g.0) { theme.good } else { theme.warn },
        ),
        row("devices", devices, theme.text),
        row("OpenClaw", view.and_then(|v| v.version.clone()), theme.text),
        row("in use", state.verdicts.get(name).map(|v| v.reason.clone()), theme.text),
        Line::default(),
        row("e-mail", of(|i| i.email.clone()), theme.text),
        row("size", of(|i| Some(i.vm_size.clone())), theme.text),
        row("address", of(|i| i.public_ip.clone()), theme.text),
        row("DNS name", of(|i| i.dns_name.clone()), theme.text),
        row("created", instance.and_then(age), theme.text),
        row("host key", of(|i| i.host_key.clone().map(|_| "pinned".into())), theme.text),
        row("resource", of(|i| Some(i.id.clone())), theme.dim),
    ]
}
