//! Bodies of `/logs/error` (`rest.md` §9).

use rollcall_model::error_log::{
    ErrorLog, MAX_CONTEXT, MAX_MESSAGE, MAX_TRACEBACK, MAX_URL, MAX_WORD, Report, Severity,
};
use rollcall_model::naming::{self, steers};
use rollcall_model::time;
use serde_json::{Map, Value, json};

use crate::parameters::Parameters;
use crate::problem::Problem;

const LARGEST_PAGE: i64 = 100;
const PAGE: i64 = 20;

/// Reads a report.
///
/// # Errors
/// `invalid-api-params`.
pub fn report(mut parameters: Parameters) -> Result<Report, Problem> {
    let p = &mut parameters;
    let report = Report {
        severity: severity(p),
        source: word(p, "source"),
        message: required(p, "message", MAX_MESSAGE),
        context_lang: word(p, "context_lang"),
        context_env: context(p),
        request_url: optional(p, "request_url", MAX_URL),
        request_status: status(p),
        traceback: optional(p, "traceback", MAX_TRACEBACK),
    };
    parameters.finish(report)
}

fn severity(p: &mut Parameters) -> Severity {
    let text = p.required_text(&["severity"], "severity");
    Severity::parse(&text).unwrap_or_else(|| {
        note(p, "severity", "value is not a valid member of LogSeverity");
        Severity::Error
    })
}

fn word(p: &mut Parameters, name: &'static str) -> String {
    let text = p.required_text(&[name], name);
    if let Err(error) = naming::optional_line(name, &text, MAX_WORD) {
        note(p, name, &error.to_string());
    }
    text
}

fn required(p: &mut Parameters, name: &'static str, most: usize) -> String {
    let text = p.required_text(&[name], name);
    bounded(p, name, text, most)
}

fn optional(p: &mut Parameters, name: &'static str, most: usize) -> Option<String> {
    let text = p.any_text(&[name])?;
    Some(bounded(p, name, text, most))
}

/// The text within its bound, and calm: what steers a terminal shows as a replacement character, since
/// administrators read what anybody reports.
fn bounded(p: &mut Parameters, name: &'static str, text: String, most: usize) -> String {
    if text.len() > most {
        note(p, name, &format!("larger than {most} bytes"));
        return String::new();
    }
    let calm = |letter: char| if steers(letter) && !matches!(letter, '\n' | '\t') { '\u{fffd}' } else { letter };
    text.chars().map(calm).collect()
}

/// JSON inside of a text: an object.
fn context(p: &mut Parameters) -> Value {
    let text = p.required_text(&["context_env"], "context_env");
    if text.len() > MAX_CONTEXT {
        note(p, "context_env", &format!("larger than {MAX_CONTEXT} bytes"));
        return Value::Null;
    }
    match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(map) => Value::Object(map),
        Err(_) => {
            note(p, "context_env", "value is not a JSON object");
            Value::Null
        }
    }
}

fn status(p: &mut Parameters) -> Option<i64> {
    let (name, value) = p.take(&["request_status"])?;
    let status = value.as_i64();
    if status.is_none() {
        p.wrong(name, "value is not an integer");
    }
    status
}

fn note(p: &mut Parameters, name: &str, reason: &str) {
    if !p.is_wrong(name) {
        p.wrong(name, reason);
    }
}

/// Which entries are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorLogPage {
    /// Whether they are marked as read by that.
    pub mark_read: bool,
    /// How many.
    pub limit: i64,
    /// After how many newer ones.
    pub offset: i64,
}

impl ErrorLogPage {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid-api-params`.
    pub fn of(mut parameters: Parameters) -> Result<Self, Problem> {
        let mark_read = parameters.boolean(&["mark_read"], false);
        let limit = parameters.integer(&["page_size"], 1, PAGE);
        if limit > LARGEST_PAGE {
            parameters.wrong("page_size", format!("value is greater than {LARGEST_PAGE}"));
        }
        let page = parameters.integer(&["page_no"], 1, 1);
        let offset = (page - 1).saturating_mul(limit);
        parameters.finish(Self { mark_read, limit, offset })
    }
}

/// Entries and how many there are in all. `is_cleared` is told to administrators.
#[must_use]
pub fn listed(logs: &[ErrorLog], count: i64, with_cleared: bool) -> Value {
    let logs: Vec<Value> = logs.iter().map(|log| entry(log, with_cleared)).collect();
    json!({ "logs": logs, "count": count })
}

#[allow(clippy::cast_precision_loss)]
fn entry(log: &ErrorLog, with_cleared: bool) -> Value {
    let report = &log.report;
    let mut entry = json!({
        "log_id": log.id,
        // Microseconds of our time fit into the 53 bits of a fraction.
        "created_at": time::to_micros(log.created_at) as f64 / 1e6,
        "severity": report.severity.as_str(),
        "source": report.source,
        "user": log.user,
        "is_read": log.is_read,
        "message": report.message,
        "context_lang": report.context_lang,
        "context_env": report.context_env,
        "request_url": report.request_url,
        "request_status": report.request_status,
        "traceback": report.traceback,
    });
    if with_cleared {
        entry["is_cleared"] = log.is_cleared.into();
    }
    entry
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(value: &Value) -> Result<Report, Problem> {
        report(Parameters::of_request(None, value.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn reports_are_bounded_and_calm() {
        let good = json!({"severity": "warning", "source": "webui", "message": "a\u{1b}[2Jb\nc\td\re\u{202e}",
            "context_lang": "en", "context_env": "{\"a\": [1]}", "request_status": 404, "traceback": ""});
        let read = of(&good).unwrap();
        assert_eq!(read.message, "a\u{fffd}[2Jb\nc\td\u{fffd}e\u{fffd}");
        assert_eq!((read.context_env, read.request_status), (json!({"a": [1]}), Some(404)));
        assert_eq!((read.request_url, read.traceback.as_deref()), (None, Some("")));

        let bad = json!({"severity": "bad", "source": "a\nb", "message": "", "context_env": "[1]",
            "request_url": "x".repeat(MAX_URL + 1), "request_status": "404", "traceback": 3});
        assert_eq!(
            of(&bad).unwrap_err().data().unwrap(),
            &json!({
                "severity": "value is not a valid member of LogSeverity",
                "source": "source must not contain control characters or invisible marks",
                "message": "blank value is not allowed", "context_lang": "is required",
                "context_env": "value is not a JSON object", "request_url": "larger than 2048 bytes",
                "request_status": "value is not an integer", "traceback": "value is not a string",
            })
        );
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(4000), "]".repeat(4000));
        for context in [deep, "{".to_owned(), "x".repeat(MAX_CONTEXT + 1)] {
            let mut report = good.clone();
            report["context_env"] = json!(context);
            assert!(of(&report).is_err());
        }
    }

    #[test]
    fn pages() {
        let page =
            |query: &str| ErrorLogPage::of(Parameters::of_query(query)).map_err(|problem| problem.data().cloned());
        assert_eq!(page(""), Ok(ErrorLogPage { mark_read: false, limit: 20, offset: 0 }));
        assert_eq!(
            page("mark_read=True&page_size=5&page_no=3"),
            Ok(ErrorLogPage { mark_read: true, limit: 5, offset: 10 })
        );
        assert_eq!(page("page_no=9223372036854775807").map(|page| page.offset), Ok(i64::MAX));
        assert_eq!(page("page_size=101"), Err(Some(json!({"page_size": "value is greater than 100"}))));
        assert_eq!(page("page_no=0"), Err(Some(json!({"page_no": "value is less than 1"}))));
    }
}
