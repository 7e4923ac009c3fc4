//! `claw man [COMMAND…]`: the manual page, as roff.

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Output, args::Cli};
use crate::ops::OpsError;

/// Prints the page of claw, or of one command such as `config push`.
pub fn run(command: &[String], output: &Output) -> Result<u8, OpsError> {
    let page = page(command)?;
    output.result("man", &serde_json::json!({"page": page}), || page.clone());
    Ok(0)
}

/// The page's text.
pub fn page(command: &[String]) -> Result<String, OpsError> {
    let mut all = Cli::command();
    // Gives the global options to every command.
    all.build();
    let mut found = all;
    let mut title = String::from("claw");
    for name in command {
        let inner = found.find_subcommand(name).filter(|c| !c.is_hide_set()).cloned();
        let remedy = "claw --help lists what there is";
        found = inner.ok_or_else(|| OpsError::input(format!("`{title}` has no command `{name}`"), remedy))?;
        title = format!("{title}-{name}");
    }
    let mut roff = Vec::new();
    let fail = |e: &dyn std::fmt::Display| OpsError::failed(format!("the page can't be made: {e}"));
    let source = concat!("claw ", env!("CARGO_PKG_VERSION"));
    Man::new(found).title(title).source(source).manual("claw").render(&mut roff).map_err(|e| fail(&e))?;
    String::from_utf8(roff).map_err(|e| fail(&e))
}
