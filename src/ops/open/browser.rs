//! The person's browser: what BROWSER names, else the desktop's.

use std::process::{Command, Stdio};

use crate::remote::SIGN_IN_SECRET;

/// Starts it with the link and does not wait for it. It may draw on no terminal of claw's.
pub fn start(link: &str) -> Result<(), String> {
    let named = std::env::var("BROWSER").unwrap_or_default();
    let mut tried = String::new();
    for line in candidates(&named) {
        let mut words = words(line, link).into_iter();
        let Some(program) = words.next() else { continue };
        let mut browser = Command::new(&program);
        browser.args(words).env_remove(SIGN_IN_SECRET);
        let started = browser.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        match started {
            Ok(mut child) => {
                // Waited for elsewhere, so that it leaves no zombie.
                tokio::task::spawn_blocking(move || child.wait());
                return Ok(());
            }
            Err(error) => tried = format!("{program}: {error}"),
        }
    }
    Err(tried)
}

/// BROWSER may name several, with colons between; the first that starts is taken.
fn candidates(named: &str) -> Vec<&str> {
    let desktop = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    match named.trim() {
        "" => vec![desktop],
        named => named.split(':').filter(|c| !c.trim().is_empty()).collect(),
    }
}

/// `firefox --new-tab %s`; without `%s` the link comes last.
fn words(line: &str, link: &str) -> Vec<String> {
    let mut words: Vec<String> = line.split_whitespace().map(|word| word.replace("%s", link)).collect();
    if !line.contains("%s") {
        words.push(link.to_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_goes_where_the_browser_wants_it() {
        assert_eq!(words("firefox --new-tab", "L"), ["firefox", "--new-tab", "L"]);
        assert_eq!(words("w3m -T %s now", "L"), ["w3m", "-T", "L", "now"]);
        assert_eq!(candidates("a:b c"), ["a", "b c"]);
        assert_eq!(candidates(" ").len(), 1);
    }
}
