//! Storage: the serial console's log, at the address that `retrieveBootDiagnosticsData` hands out.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;

use super::{
    wire::{Request, Response},
    world::World,
};

/// Answers `GET /bootdiagnostics/<vm name>.serialconsole.log?…&sig=…`, with `Range` or without.
pub fn handle(world: &Arc<World>, request: &Request) -> Response {
    let segments = request.segments();
    let (["GET" | "HEAD"], ["bootdiagnostics", file]) = ([request.method.as_str()], segments.as_slice()) else {
        return Response::unknown(request);
    };
    let Some(vm) = file.strip_suffix(".serialconsole.log") else { return Response::unknown(request) };
    let signature = request.query("sig").unwrap_or_default();
    if signature.is_empty() {
        return refusal(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
        );
    }
    let state = world.state();
    let mut called = state.machines.iter().filter(|(_, machine)| machine.spec.name.eq_ignore_ascii_case(vm));
    // Machines of several groups may be called the same.
    let signed = called.clone().find(|(id, _)| self::signature(id) == signature);
    let machine = signed.or_else(|| called.next()).map(|(_, machine)| machine.clone());
    drop(state);
    // Nothing is written before the first boot.
    match machine.map(|machine| machine.console()).filter(|text| !text.is_empty()) {
        Some(text) => content(Bytes::from(text), request),
        None => refusal(404, "BlobNotFound", "The specified blob does not exist."),
    }
}

/// What an address is signed with: it opens this machine's console and no other.
pub fn signature(vm: &str) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, vm.to_ascii_lowercase().as_bytes()).simple().to_string()
}

fn content(text: Bytes, request: &Request) -> Response {
    let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
    let size = text.len();
    let typed = |status, body| Response {
        status,
        headers: vec![
            ("content-type".into(), "text/plain".into()),
            ("accept-ranges".into(), "bytes".into()),
            ("x-ms-blob-type".into(), "AppendBlob".into()),
        ],
        body,
    };
    match header("x-ms-range").or(header("range")).and_then(|range| parse_range(range, size)) {
        None => typed(200, text),
        Some(range) if range.is_empty() => {
            refusal(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
                .header("content-range", format!("bytes */{size}"))
        }
        Some(range) => {
            let stands = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            typed(206, text.slice(range)).header("content-range", stands)
        }
    }
}

/// `bytes=5-` or `bytes=5-9`; an empty range lies beyond the end. Other forms are ignored, as RFC 9110 allows.
fn parse_range(text: &str, size: usize) -> Option<Range<usize>> {
    let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    let start: usize = start.parse().ok()?;
    let end = if end.is_empty() { size } else { end.parse::<usize>().ok()?.saturating_add(1).min(size) };
    Some(if start < end { start..end } else { size..size })
}

/// Storage answers errors in XML.
fn refusal(status: u16, code: &str, message: &str) -> Response {
    let xml = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Response { status, headers: vec![("content-type".into(), "application/xml".into())], body: Bytes::from(xml) }
        .header("x-ms-error-code", code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(range: Option<&str>) -> (u16, String) {
        let mut headers = http::HeaderMap::new();
        if let Some(range) = range {
            headers.insert("range", range.parse().unwrap());
        }
        let request = Request {
            method: "GET".into(),
            host: "claw.blob.core.windows.net".into(),
            path: "/bootdiagnostics/claw-alice.serialconsole.log".into(),
            query: Vec::new(),
            headers,
            body: Bytes::new(),
        };
        let response = content(Bytes::from_static(b"0123456789"), &request);
        (response.status, String::from_utf8_lossy(&response.body).into_owned())
    }

    #[test]
    fn a_log_is_read_whole_or_from_where_the_reader_stopped() {
        assert_eq!(get(None), (200, "0123456789".into()));
        assert_eq!(get(Some("bytes=7-")), (206, "789".into()));
        assert_eq!(get(Some("bytes=2-3")), (206, "23".into()));
        assert_eq!(get(Some("bytes=2-99")), (206, "23456789".into()));
        assert_eq!(get(Some("bytes=10-")).0, 416);
        assert_eq!(get(Some("lines=1")).0, 200);
    }
}
