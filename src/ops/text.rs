//! Text from machines, made harmless for a terminal.

/// Makes control characters visible (`\u{1b}` as `␛`), tabs to spaces, and drops what changes the
/// direction of writing or can't be seen. Line ends are the caller's business.
pub fn harmless(text: &str) -> String {
    // Nearly all there is, and every cell of every frame comes by here.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    text.chars().filter_map(harmless_char).collect()
}

/// The same for a text of several lines.
pub fn harmless_lines(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
}

/// JSON that a terminal may show: what JSON itself leaves as it is and a terminal would act on is escaped. Such
/// characters stand inside of strings only.
pub fn harmless_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // All of them are in the basic plane, so one escape each.
        match harmless_char(c) == Some(c) {
            true => safe.push(c),
            false => safe.push_str(&format!("\\u{:04x}", c as u32)),
        }
    }
    safe
}

fn harmless_char(c: char) -> Option<char> {
    match c {
        '\t' => Some(' '),
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
        '\u{7f}'..='\u{9f}' => Some('␡'),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => None,
        '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_steers_no_terminal_and_stays_the_same_value() {
        let value = serde_json::json!({"a\u{9b}2J": ["\u{1b}[2J", "\u{7f}", "\u{202e}é 字 😀\u{feff}"]});
        let shown = super::harmless_json(&value.to_string());
        assert!(shown.is_ascii() || !shown.chars().any(|c| c.is_control() || ('\u{2000}'..'\u{2070}').contains(&c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[test]
    fn nothing_a_machine_prints_can_steer_a_terminal() {
        assert_eq!(super::harmless("a\u{1b}[2Jb\tc\u{9b}1m\u{202e}d é 字"), "a␛[2Jb c␡1md é 字");
        assert!(!super::harmless(&(0..=0x9f_u8).map(char::from).collect::<String>()).chars().any(char::is_control));
    }
}
