//! Plain aligned columns: no frames, so that `grep` and `awk` stay happy.

use comfy_table::{ContentArrangement, Table, presets::NOTHING};

use crate::ops::text::harmless;

/// A table whose cells can't steer the terminal.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| harmless(&cell)));
    }
    let lines = table.lines().map(|l| l.trim_end().trim_start().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}
