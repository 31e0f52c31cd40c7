//! A row of the session list in words.

use rollcall_client::SessionRow;
use rollcall_client::sessions::ContainerRow;
use rollcall_model::Timestamp;
use rollcall_model::human;
use rollcall_model::list::columns::Column;
use rollcall_model::status::Status;

use super::table::Cell;
use super::text::{self, clean};

/// The cells of a row, one for each column.
pub(super) fn row(columns: &[Column], row: &SessionRow, now: Timestamp) -> Vec<Cell> {
    columns.iter().map(|column| cell(column, row, now)).collect()
}

fn cell(column: &Column, row: &SessionRow, now: Timestamp) -> Cell {
    let plain = |value: &Option<String>| Cell::text(clean(value.as_deref().unwrap_or("-")));
    match column.id {
        "name" => plain(&row.name),
        "owner" if column.fields.contains(&"access_key") => plain(&row.access_key),
        "owner" => plain(&row.user_email),
        "project" => plain(&row.group_name),
        "image" => Cell::text(image(row)),
        "status" => status(row),
        "reason" => Cell::text(reason(row)),
        "group" => plain(&row.scaling_group),
        "size" => Cell::number(row.cluster_size.map_or_else(|| "-".to_owned(), |size| size.to_string())),
        "cpu" => Cell::number(row.slot("cpu").map_or_else(|| "-".to_owned(), |cores| cores.to_string())),
        "mem" => Cell::number(mem(row)),
        "usage" => Cell::number(usage(row)),
        "elapsed" => Cell::number(elapsed(row, now)),
        "agent" => plain(&row.containers.first().and_then(|container| container.agent.clone())),
        _ => Cell::text("-"),
    }
}

/// The image's short name.
pub(super) fn image(row: &SessionRow) -> String {
    clean(human::image_short_name(row.image.as_deref().unwrap_or("-")))
}

fn status(row: &SessionRow) -> Cell {
    let (text, colour) = text::status(row.status.as_deref().unwrap_or("-"));
    Cell { text, colour, to_the_right: false }
}

/// Why the session is in its status; while it runs, when a limit ends it.
pub(super) fn reason(row: &SessionRow) -> String {
    if let Some(waiting) = &row.waiting {
        return text::short_of_waiting(waiting, row.status_info.as_deref());
    }
    if let Some(remaining) = &row.remaining {
        return text::short_of_remaining(remaining);
    }
    match row.status_info.as_deref() {
        None | Some("") => "-".to_owned(),
        Some(code) => text::reason(code),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "bytes of memory stay far below where it would matter")]
fn mem(row: &SessionRow) -> String {
    row.slot("mem").map_or_else(|| "-".to_owned(), |bytes| human::gib(bytes as i64))
}

/// While it runs: processor and memory now. Else: processor time in all.
fn usage(row: &SessionRow) -> String {
    let sum = |name: &str| -> Option<f64> {
        let parts: Vec<f64> = row.containers.iter().filter_map(|kernel: &ContainerRow| kernel.metric(name)).collect();
        (!parts.is_empty()).then(|| parts.iter().sum())
    };
    if row.known_status() != Some(Status::Running) {
        return sum("cpu_used").map_or_else(|| "-".to_owned(), text::processor_time);
    }
    match (sum("cpu_util"), sum("mem")) {
        (Some(percent), Some(bytes)) => format!("{percent:.0}% {}", text::bytes(bytes)),
        (None, Some(bytes)) => text::bytes(bytes),
        _ => "-".to_owned(),
    }
}

/// From its making to its end, or to now.
pub(super) fn elapsed(row: &SessionRow, now: Timestamp) -> String {
    row.created_at.map_or_else(|| "-".to_owned(), |made| human::elapsed(made, row.terminated_at.unwrap_or(now)))
}
