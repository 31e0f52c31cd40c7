//! Rows as comma-separated lines. What is made of several values has a column for each.

use rollcall_wire::v1::{FIELDS, SessionRow, picked};
use serde_json::Value;

use crate::error::ApiError;

/// Fields with parts, and their columns.
const PARTS: [(&str, &[&str]); 4] = [
    ("slots", &["cpu", "mem", "other"]),
    ("usage", &["cpu", "cpu_seconds", "mem", "mem_max", "io_read", "io_write"]),
    ("waiting", &["sentence", "ahead"]),
    ("remaining", &["ends_at", "reason", "seconds"]),
];

/// Not told unless asked for: they are for programs.
const FOR_PROGRAMS: [&str; 6] = ["status_data", "service_ports", "mounts", "resource_opts", "containers", "can"];

/// Which columns there are.
pub(super) struct Sheet(Vec<&'static str>);

impl Sheet {
    /// Of these fields, or of those that people want.
    pub(super) fn of(fields: Option<&[&'static str]>) -> Self {
        let usual = || FIELDS.into_iter().filter(|field| !FOR_PROGRAMS.contains(field)).collect();
        Self(fields.map_or_else(usual, <[_]>::to_vec))
    }

    /// The line of names.
    pub(super) fn head(&self) -> Result<Vec<u8>, ApiError> {
        let names = self.0.iter().flat_map(|field| match parts(field) {
            None => vec![(*field).to_owned()],
            Some(parts) => parts.iter().map(|part| format!("{field}.{part}")).collect(),
        });
        let mut out = Vec::new();
        write(&mut out, names)?;
        Ok(out)
    }

    /// A row.
    pub(super) fn line(&self, row: &SessionRow, out: &mut Vec<u8>) -> Result<(), ApiError> {
        let row = picked(row, Some(&self.0));
        let cells = self.0.iter().flat_map(|field| match parts(field) {
            None => vec![cell(&row[*field])],
            Some(parts) => parts.iter().map(|part| cell(&row[*field][*part])).collect(),
        });
        write(out, cells)
    }
}

fn parts(field: &str) -> Option<&'static [&'static str]> {
    PARTS.iter().find(|(name, _)| *name == field).map(|(_, parts)| *parts)
}

fn write(out: &mut Vec<u8>, cells: impl Iterator<Item = String>) -> Result<(), ApiError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let written = writer.write_record(cells.map(String::into_bytes));
    written.and_then(|()| Ok(writer.flush()?)).map_err(|_| ApiError::Internal("a row has no line"))
}

/// A text that a spreadsheet would take for a formula is led by an apostrophe, which makes it a text
/// there too.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        Value::Object(map) if map.is_empty() => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_texts() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(cell(&json!(text)), format!("'{text}"));
        }
        assert_eq!([cell(&json!("a=1")), cell(&json!(-1)), cell(&json!(null))], ["a=1", "-1", ""]);
    }

    #[test]
    fn what_has_commas_and_quotes_is_quoted() -> Result<(), ApiError> {
        let mut out = Vec::new();
        write(&mut out, ["a,b", "say \"so\"", "two\nlines", "plain"].into_iter().map(str::to_owned))?;
        assert_eq!(String::from_utf8_lossy(&out), "\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",plain\r\n");
        Ok(())
    }
}
