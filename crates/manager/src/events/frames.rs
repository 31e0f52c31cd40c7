//! Frames of a stream, to the byte: lines end with CRLF, `retry` comes after the data, and there are
//! no ids.

use bytes::Bytes;
use serde_json::Value;

/// A comment, so that both sides know that the other is there.
pub(super) const PING: Bytes = Bytes::from_static(b": ping\r\n\r\n");

/// One event. Its JSON has no line ends of its own.
pub(super) fn event(name: &str, data: &Value, retry: Option<u32>) -> Bytes {
    let retry = retry.map(|seconds| format!("retry: {seconds}\r\n")).unwrap_or_default();
    Bytes::from(format!("event: {name}\r\ndata: {data}\r\n{retry}\r\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_to_the_byte() {
        let plain = event("session_started", &json!({"reason": "a\nb"}), None);
        assert_eq!(plain, "event: session_started\r\ndata: {\"reason\":\"a\\nb\"}\r\n\r\n");
        assert_eq!(event("bgtask_done", &json!({}), Some(5)), "event: bgtask_done\r\ndata: {}\r\nretry: 5\r\n\r\n");
    }
}
