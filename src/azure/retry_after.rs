//! How long a server asks to wait.

use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

const MILLISECONDS: [HeaderName; 2] =
    [HeaderName::from_static("x-ms-retry-after-ms"), HeaderName::from_static("retry-after-ms")];
const RETRY_AFTER: HeaderName = HeaderName::from_static("retry-after");

/// Nobody waits longer, and times can be added up.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// From `x-ms-retry-after-ms`, else `Retry-After` (seconds or an HTTP date); a day at most.
pub fn retry_after(headers: &Headers) -> Option<Duration> {
    said(headers).map(|pause| pause.min(LONGEST))
}

fn said(headers: &Headers) -> Option<Duration> {
    let millis = MILLISECONDS.iter().find_map(|name| headers.get_optional_str(name)?.trim().parse().ok());
    if let Some(millis) = millis {
        return Some(Duration::from_millis(millis));
    }
    let value = headers.get_optional_str(&RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = OffsetDateTime::parse(&value.replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(Duration::try_from(at - OffsetDateTime::now_utc()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> Headers {
        let mut headers = Headers::new();
        pairs.iter().for_each(|(name, value)| headers.insert(*name, (*value).to_owned()));
        headers
    }

    #[test]
    fn milliseconds_win_over_seconds() {
        let both = headers(&[("x-ms-retry-after-ms", "50"), ("retry-after", "1")]);
        assert_eq!(retry_after(&both), Some(Duration::from_millis(50)));
        assert_eq!(retry_after(&headers(&[("retry-after", "7")])), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_date_in_the_past_is_now_and_rubbish_is_nothing() {
        assert_eq!(retry_after(&headers(&[("retry-after", "Fri, 01 Jan 2021 00:00:10 GMT")])), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", &u64::MAX.to_string())])), Some(LONGEST));
        assert_eq!(retry_after(&headers(&[("retry-after", "Fri, 01 Jan 9999 00:00:10 GMT")])), Some(LONGEST));
        assert_eq!(retry_after(&headers(&[])), None);
    }
}
