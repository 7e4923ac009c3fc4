//! Versions of OpenClaw, as npm writes them.

/// Whether `text` is an exact version such as `2026.9.6` or `2026.9.1-beta.2`: no range, no tag, nothing for a shell.
pub fn is_exact(text: &str) -> bool {
    let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 6 && part.chars().all(|c| c.is_ascii_digit());
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    parts.len() == 3
        && parts.iter().all(is_number)
        && pre.is_none_or(|pre| pre.len() <= 30 && pre.split('.').all(is_word))
}

#[cfg(test)]
mod tests {
    use super::is_exact;

    #[test]
    fn only_exact_versions() {
        for good in ["2026.9.6", "2026.9.1-beta.2", "1.0.0"] {
            assert!(is_exact(good), "{good}");
        }
        for bad in ["", "latest", "^2026.9.6", "2026.9", "2026.9.6; reboot", "2026.9.6-", "2026..6", "2026.9.6-a$b"] {
            assert!(!is_exact(bad), "{bad}");
        }
    }
}
