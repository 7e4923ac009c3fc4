//! The parts of the machine screen.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use time::macros::format_description;

use crate::{
    fleet::{
        cost::{Micros, Prices},
        idle::in_words,
        verify::Outcome,
    },
    ops::text::harmless,
    tui::{machine::Tab, state::State, theme::Theme, throbber},
};

pub type Lines = Vec<(Option<usize>, Line<'static>)>;

fn line(words: impl AsRef<str>, style: Style) -> Line<'static> {
    Line::from(Span::styled(harmless(words.as_ref()), style))
}

pub fn timeline(state: &State, name: &str, theme: Theme) -> Lines {
    let Some(history) = state.machine.history.get(name).filter(|h| h.len() > 0) else {
        return vec![(None, line(" nothing happened yet", theme.dim))];
    };
    let rows = history.newest().enumerate().map(|(n, moment)| {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        let at = moment.at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default();
        let style = if moment.bad { theme.bad } else { theme.text };
        let sign = if moment.bad { "✖ " } else { "· " };
        let spans = vec![
            Span::styled(format!(" {at} "), theme.dim),
            Span::styled(sign, style),
            Span::styled(harmless(&moment.words), style),
        ];
        (Some(n), Line::from(spans))
    });
    rows.collect()
}

pub fn devices(state: &State, name: &str, theme: Theme) -> Lines {
    let Some(view) = state.views.get(name) else {
        return vec![(None, line(" the gateway did not say yet", theme.dim))];
    };
    let asking = view.pending.iter().map(|p| {
        let left = in_words((p.expires_at() - state.now).max(time::Duration::ZERO));
        let words = format!(" ♪ {:<24} asks for {} from {}, {left} left", p.display_name, p.asks_for(), p.remote_ip);
        line(words, theme.warn)
    });
    let paired = view.paired.iter().map(|d| {
        let now = if d.connected { "online" } else { "paired" };
        line(format!(" · {:<24} {now:<8} {}", d.label, d.scopes.join(" ")), theme.text)
    });
    let all: Lines = asking.chain(paired).enumerate().map(|(n, l)| (Some(n), l)).collect();
    match all.len() {
        0 => vec![(None, line(" no device is paired or asks to be", theme.dim))],
        _ => all,
    }
}

/// What is shown until the answer is there, and how old it is once it is.
fn asked(state: &State, name: &str, tab: Tab, at: Option<time::Duration>, theme: Theme) -> Vec<Line<'static>> {
    let words = match (state.machine.why_not(name, tab), at) {
        (Some(why), _) => return vec![line(format!(" ! {why} · r asks again"), theme.bad)],
        (None, Some(age)) => format!(" seen {} ago · r asks again", in_words(age)),
        (None, None) => format!(" {} asking …", throbber::sign(state)),
    };
    vec![line(words, theme.dim), Line::default()]
}

pub fn checks(state: &State, name: &str, theme: Theme) -> Vec<Line<'static>> {
    let seen = state.machine.checks.get(name);
    let mut lines = asked(state, name, Tab::Checks, seen.map(|s| s.age(state.now)), theme);
    for finding in seen.iter().flat_map(|s| &s.value) {
        let (sign, style) = match finding.outcome {
            Outcome::Ok => ("✔", theme.good),
            Outcome::Warn => ("!", theme.warn),
            Outcome::Unknown => ("?", theme.dim),
            Outcome::Bad => ("✖", theme.bad),
        };
        let words = format!(" {sign} {:<10} {}", finding.check, finding.sentence);
        lines.push(line(words, style));
        if let Some(remedy) = &finding.remedy {
            lines.push(line(format!("              help: {remedy}"), theme.dim));
        }
    }
    lines
}

pub fn drift(state: &State, name: &str, theme: Theme) -> Vec<Line<'static>> {
    let seen = state.machine.drift.get(name);
    let mut lines = asked(state, name, Tab::Drift, seen.map(|s| s.age(state.now)), theme);
    let Some(plan) = seen.map(|s| &s.value) else { return lines };
    let changes: Vec<_> = plan.machines.iter().filter(|m| m.machine == name).flat_map(|m| &m.changes).collect();
    for (machine, why) in plan.refused.iter().chain(&plan.unreachable).filter(|(m, _)| m == name) {
        lines.push(line(format!(" ! {machine}: {why}"), theme.warn));
    }
    if changes.is_empty() && lines.len() == 2 {
        lines.push(line(" ✔ the config is what the template says", theme.good));
    }
    for change in changes {
        let shown =
            |v: &Option<serde_json::Value>| v.as_ref().map_or("(absent)".to_owned(), |v| harmless(&v.to_string()));
        let spans = vec![
            Span::styled(format!(" {}  ", harmless(&change.path)), theme.text),
            Span::styled(format!("- {}", shown(&change.before)), theme.warn),
            Span::styled("  →  ", theme.dim),
            Span::styled(format!("+ {}", shown(&change.after)), theme.good),
        ];
        lines.push(Line::from(spans));
    }
    lines
}

/// List prices; what has none shows `–`.
pub fn bill(state: &State, name: &str, theme: Theme) -> Vec<Line<'static>> {
    let seen = state.machine.prices.as_ref();
    let mut lines = asked(state, name, Tab::Bill, seen.map(|s| s.age(state.now)), theme);
    if let Some(spent) = state.views.get(name).and_then(|v| v.cost) {
        lines.push(line(
            format!(" spent           {} today, {} this month (estimate)", spent.today.words(), spent.month.words()),
            theme.text,
        ));
    }
    let prices = match seen.map(|s| &s.value) {
        None => return lines,
        Some(Err(why)) => {
            lines.push(line(format!(" the prices are not known: {why}"), theme.warn));
            return lines;
        }
        Some(Ok(prices)) => prices,
    };
    let rows = rows(prices, state.instance(name).map_or("", |i| &i.vm_size));
    lines.extend(rows.into_iter().map(|words| line(words, theme.text)));
    lines
}

/// Hours that a month is billed as.
const HOURS: i64 = 730;

fn rows(prices: &Prices, size: &str) -> Vec<String> {
    let hour = prices.machine_hour.iter().find(|(name, _)| name.eq_ignore_ascii_case(size)).map(|(_, hour)| *hour);
    let month = |hour: Option<Micros>| hour.map(|h| Micros(h.0.saturating_mul(HOURS)));
    let sum = |all: &[Option<Micros>]| all.iter().copied().try_fold(0, |s, m| Some(s + m?.0)).map(Micros);
    let shown = |m: Option<Micros>| m.map_or("–".to_owned(), |m| format!("{m} {}", prices.currency));
    let (disk, address) = (prices.disk_month, month(prices.address_hour));
    vec![
        format!(" {:<15} {} a month while it runs", if size.is_empty() { "machine" } else { size }, shown(month(hour))),
        format!(" {:<15} {} a month, also while it is off", "disk", shown(disk)),
        format!(" {:<15} {} a month, also while it is off", "address", shown(address)),
        String::new(),
        format!(" {:<15} {} a month", "always on", shown(sum(&[month(hour), disk, address]))),
        format!(" {:<15} {} a month", "always off", shown(sum(&[disk, address]))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_price_is_not_guessed() {
        let machine_hour = [("Standard_B2s".to_owned(), Micros(41_600))].into();
        let prices = Prices {
            currency: "USD".into(),
            machine_hour,
            disk_month: Some(Micros(1_536_000)),
            address_hour: Some(Micros(5_000)),
        };
        let known = rows(&prices, "standard_b2s");
        assert!(known[0].contains("30.37 USD") && known[4].contains("35.55 USD") && known[5].contains("5.19 USD"));
        let unknown = rows(&prices, "Standard_X");
        assert!(unknown[0].contains("–") && unknown[4].contains("–") && unknown[5].contains("5.19 USD"), "{unknown:?}");
    }
}
