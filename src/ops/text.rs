//! Text from machines, made harmless for a terminal.

/// Makes control characters visible (`\u{1b}` as `␛`), tabs to spaces, and drops what changes the
/// direction of writing. Line ends are the caller's business.
pub fn harmless(text: &str) -> String {
    text.chars().filter_map(harmless_char).collect()
}

fn harmless_char(c: char) -> Option<char> {
    match c {
        '\t' => Some(' '),
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
        '\u{7f}'..='\u{9f}' => Some('␡'),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_a_machine_prints_can_steer_a_terminal() {
        assert_eq!(super::harmless("a\u{1b}[2Jb\tc\u{9b}1m\u{202e}d é 字"), "a␛[2Jb c␡1md é 字");
        assert!(!super::harmless(&(0..=0x9f_u8).map(char::from).collect::<String>()).chars().any(char::is_control));
    }
}
