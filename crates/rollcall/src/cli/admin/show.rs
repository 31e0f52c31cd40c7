//! Rows and pages of what is administered.

use std::fmt::Write as _;

use rollcall_model::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head, Look, draw};
use crate::cli::text::{self, Colour, clean, paint};
use crate::out;

/// What can be listed and shown.
pub(super) trait Shown: Serialize {
    /// Columns of the list.
    const HEADS: &'static [Head];
    /// What to say of an empty list.
    const NONE: &'static str;
    /// The cells of a row, one for each column.
    fn cells(&self) -> Vec<Cell>;
    /// Everything, by name.
    fn lines(&self) -> Vec<(&'static str, String)>;
}

/// Prints a list.
pub(super) fn list<T: Shown>(rows: &[T], json: bool) -> Result<(), Failure> {
    let look = Look { width: out::is_terminal().then(out::width).flatten(), colours: text::colours_wanted() };
    if json {
        return document(&rows);
    }
    if rows.is_empty() {
        out::line(T::NONE);
    } else {
        out::print(listed(rows, look));
    }
    Ok(())
}

/// The table, and what it had no room for.
fn listed<T: Shown>(rows: &[T], look: Look) -> String {
    let cells: Vec<_> = rows.iter().map(Shown::cells).collect();
    let mut drawn = draw(T::HEADS, &cells, look);
    if !drawn.left_out.is_empty() {
        let _ = writeln!(drawn.text, "no room for {}", drawn.left_out.join(", "));
    }
    drawn.text
}

/// Prints one.
pub(super) fn one<T: Shown>(row: &T, json: bool) -> Result<(), Failure> {
    if json {
        return document(row);
    }
    out::print(told(row, text::colours_wanted()));
    Ok(())
}

fn told<T: Shown>(row: &T, colours: bool) -> String {
    let mut told = String::new();
    for (name, value) in row.lines() {
        let name = format!("{name:<15}");
        let name = if colours { paint(&name, Colour::Grey) } else { name };
        let _ = writeln!(told, "{name} {value}");
    }
    told
}

/// Prints something as JSON.
pub(super) fn document<T: Serialize + ?Sized>(content: &T) -> Result<(), Failure> {
    out::line(crate::cli::document::pretty(content)?);
    Ok(())
}

/// A list that may have been cut says so: one that silently lacks something is worse than none.
pub(super) fn maybe_cut(rows: usize, narrower: &str) {
    if rows >= rollcall_client::admin::MOST_ROWS {
        out::note(format_args!("A server may list {rows} at most, so some may be missing: narrow it with {narrower}."));
    }
}

/// A text that others wrote; `-` for none.
pub(super) fn given(value: Option<&str>) -> String {
    value.filter(|value| !value.is_empty()).map_or_else(|| "-".to_owned(), clean)
}

/// A number; `-` for none.
pub(super) fn number(value: Option<i64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A moment; `-` for none.
pub(super) fn moment(value: Option<Timestamp>) -> String {
    value.map_or_else(|| "-".to_owned(), text::moment)
}

/// Yes or no; `-` where the server does not tell.
pub(super) fn yes(value: Option<bool>) -> String {
    match value {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    }
    .to_owned()
}

/// Whether it is in use.
pub(super) fn in_use(value: Option<bool>) -> Cell {
    let (word, colour) = match value {
        Some(true) => ("active", Some(Colour::Green)),
        Some(false) => ("disabled", Some(Colour::Grey)),
        None => ("-", None),
    };
    Cell { text: word.to_owned(), colour, to_the_right: false }
}

/// Names with commas; `-` for none.
pub(super) fn names(list: &[String]) -> String {
    if list.is_empty() { "-".to_owned() } else { list.iter().map(|name| clean(name)).collect::<Vec<_>>().join(", ") }
}

/// Bytes; `-` for none.
#[expect(clippy::cast_precision_loss, reason = "told to two digits")]
pub(super) fn bytes(amount: Option<i64>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| text::bytes(amount as f64))
}

/// `cpu 4, mem 16 GiB`.
pub(super) fn slots(value: Option<&Value>) -> String {
    let Some(slots) = value.and_then(Value::as_object).filter(|slots| !slots.is_empty()) else { return "-".to_owned() };
    slots.iter().map(|(name, amount)| slot(name, amount)).collect::<Vec<_>>().join(", ")
}

fn slot(name: &str, amount: &Value) -> String {
    let told = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
    let told = match told.parse::<f64>() {
        Ok(most) if most.is_infinite() => "unlimited".to_owned(),
        Ok(bytes) if name.contains("mem") => text::bytes(bytes),
        _ => clean(&told),
    };
    format!("{} {told}", clean(name))
}

/// A document of options; `-` for none.
pub(super) fn options(value: Option<&Value>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| clean(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slots_for_people() {
        let told = slots(Some(&json!({"cpu": "4", "cuda.shares": "Infinity", "mem": "17179869184"})));
        assert_eq!(told, "cpu 4, cuda.shares unlimited, mem 16 GiB");
        assert_eq!(slots(Some(&json!({"\u{1b}x": "\u{1b}y"}))), "\\u{1b}x \\u{1b}y");
        assert_eq!([slots(Some(&json!({}))), slots(None)], ["-", "-"]);
    }

    #[test]
    fn names_of_others_cannot_steer_the_terminal() {
        assert_eq!(given(Some("\u{1b}[31m")), "\\u{1b}[31m");
        assert_eq!(names(&["a\u{7}".to_owned(), "b".to_owned()]), "a\\u{7}, b");
        assert_eq!(options(Some(&json!({"a": "\u{202e}"}))), "{\"a\":\"\\u{202e}\"}");
    }

    #[test]
    fn nothing_is_told_as_a_dash() {
        assert_eq!([given(None), given(Some("")), number(None), moment(None), yes(None), bytes(None)], ["-"; 6]);
    }
}
