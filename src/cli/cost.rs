//! `claw cost`.

use super::{Output, table::table};
use crate::{
    fleet::cost::{Micros, Spent},
    ops::{
        OpsError, Session,
        cost::{self, Actual, Budget, PriceNote, Report},
    },
};

pub async fn run(session: &Session, refresh: bool, output: &Output) -> Result<u8, OpsError> {
    let report = cost::cost(session, refresh).await?;
    output.result("cost", &report, || text(&report));
    Ok(0)
}

fn text(report: &Report) -> String {
    let rows = report.machines.iter().map(|line| {
        [
            line.member.clone().unwrap_or_else(|| line.machine.clone()),
            line.power.map_or("gone", |power| power.word()).to_owned(),
            hours(line.month.on_hours),
            hours(line.month.off_hours),
            hours(line.month.unknown_hours),
            line.today.words(),
            line.month.words(),
            amount(line.month.saved),
            line.actual.map_or_else(|| "–".to_owned(), |actual| actual.to_string()),
        ]
    });
    let header = ["MEMBER", "STATE", "ON", "OFF", "UNKNOWN", "TODAY", "MONTH", "SAVED", "BILLED"];
    let mut lines = vec![table(header, rows)];
    lines.push(estimate(report));
    let Spent { unknown_hours, .. } = report.total.month;
    if unknown_hours >= 0.05 {
        let hours = hours(unknown_hours);
        lines.push(format!(
            "unknown: for {hours} nobody looked; claw status or claw idle once an hour, as by cron, leaves no gap"
        ));
    }
    lines.push(budget(&report.budget));
    lines.push(prices(&report.prices));
    lines.push(actual(&report.actual));
    lines.join("\n")
}

/// The sums; without prices no number stands there, not even a zero.
fn estimate(report: &Report) -> String {
    let Some(currency) = report.currency.as_deref() else {
        return "estimate: unknown, as the prices are".to_owned();
    };
    let total = &report.total;
    let mut line = format!(
        "estimate: {} {currency} today, {} {currency} this month (UTC); {} {currency} saved by deallocation",
        total.today.words(),
        total.month.words(),
        amount(total.month.saved),
    );
    if !report.unpriced.is_empty() {
        let sizes = report.unpriced.join(", ");
        line.push_str(&format!("\nno price known for {sizes}: claw cost --refresh asks again"));
    }
    line
}

fn hours(hours: f64) -> String {
    format!("{hours:.1} h")
}

fn amount(amount: Option<Micros>) -> String {
    amount.map_or_else(|| "–".to_owned(), |amount| amount.to_string())
}

fn budget(budget: &Budget) -> String {
    let Budget { amount, per_machine, in_azure, used_at_least, used_at_most } = budget;
    if *amount == 0 {
        return "budget: none".to_owned();
    }
    let used = match (used_at_least, used_at_most) {
        (Some(least), Some(most)) if (most - least) < 0.5 => format!("{least:.0} %"),
        (Some(least), Some(most)) => format!("{least:.0} to {most:.0} %"),
        (Some(least), None) => format!("at least {least:.0} %"),
        (None, _) => "an unknown part".to_owned(),
    };
    let note = if *in_azure { "" } else { "; Azure has none: claw up sets it" };
    format!("budget: {amount} a month ({per_machine} a machine), {used} of it used by the estimate{note}")
}

fn prices(note: &PriceNote) -> String {
    match note {
        PriceNote::Known { at, source, stale } => {
            let old =
                stale.as_ref().map(|stale| format!(", {} days old: {}", stale.days, stale.why)).unwrap_or_default();
            format!("prices: list prices of {}, from {source}{old}", at.date())
        }
        PriceNote::Unknown { why } => format!("prices: unknown: {why}"),
    }
}

fn actual(actual: &Actual) -> String {
    match actual {
        Actual::Known { currency, total, shared, delay_hours: [usual, most], .. } => {
            let parts = match currency.is_empty() {
                true => "nothing yet".to_owned(),
                false => format!("{total} {currency}, of which {shared} belong to no machine"),
            };
            format!("billed this month, by Cost Management: {parts} ({usual} to {most} hours behind)")
        }
        Actual::Unknown { why } => format!("billed this month: not known: {why}"),
    }
}
