//! Signs for terminals that know ASCII only.

/// By `CLAW_ASCII`, else by the locale; without a locale the terminal is taken for one of today.
pub fn is_wanted(env: &impl Fn(&str) -> Option<String>) -> bool {
    if let Some(said) = env("CLAW_ASCII").filter(|v| !v.is_empty()) {
        return said != "0";
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env(name).filter(|v| !v.is_empty()));
    locale.is_some_and(|l| !l.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// One character for any sign; the words beside a sign say the same.
pub fn plain(symbol: &str) -> char {
    match symbol.chars().next().unwrap_or(' ') {
        '●' | '•' => '*',
        '○' => 'o',
        '◐' | '◑' | '◒' | '◓' | '~' => '~',
        '✔' | '✓' | '▼' | '↓' => 'v',
        '✖' | '×' => 'x',
        '▌' | '→' | '›' | '≥' | '▶' | '►' => '>',
        '←' | '‹' | '◄' => '<',
        '▲' | '↑' => '^',
        '–' | '—' | '─' | '╌' => '-',
        '━' | '═' => '=',
        '│' | '┃' | '║' => '|',
        '╭' | '╮' | '╰' | '╯' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => '+',
        '▏' | '▎' => '_',
        '…' | '·' => '.',
        '≠' | '♪' => '!',
        '⤼' => '/',
        'µ' => 'u',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '█' | '▓' | '▒' | '░' => '#',
        _ => '?',
    }
}
