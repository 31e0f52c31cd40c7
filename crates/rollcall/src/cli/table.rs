//! A dense table: columns as wide as their cells, two blanks between them.

use super::text::{Colour, paint};

/// A cell. Its text is already safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) colour: Option<Colour>,
    pub(super) to_the_right: bool,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), to_the_right: true, ..Self::default() }
    }
}

/// What the table may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Characters in a line; `None` is no bound.
    pub(super) width: Option<usize>,
    pub(super) colours: bool,
}

/// A column: its name for programs, its name for people.
pub(super) struct Head {
    pub(super) id: &'static str,
    pub(super) header: &'static str,
}

/// Columns that a narrow terminal does without, the most missed first.
const DISPENSABLE: [&str; 8] = ["usage", "reason", "mem", "cpu", "agent", "project", "group", "size"];

/// The lines of a table, and the headers it had no room for.
pub(super) struct Drawn {
    pub(super) text: String,
    pub(super) left_out: Vec<&'static str>,
}

/// Draws the table.
pub(super) fn draw(heads: &[Head], rows: &[Vec<Cell>], look: Look) -> Drawn {
    let mut widths: Vec<usize> = (0..heads.len()).map(|column| width_of(heads, rows, column)).collect();
    let shown = choose(heads, &widths, look.width);
    squeeze(heads, &shown, &mut widths, look.width);
    let left_out =
        (0..heads.len()).filter(|column| !shown.contains(column)).map(|column| heads[column].header).collect();
    let numeric = |column: usize| rows.first().is_some_and(|row| row[column].to_the_right);
    let header: Vec<Cell> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| Cell { text: head.header.to_owned(), to_the_right: numeric(column), colour: None })
        .collect();
    let mut text = String::new();
    for row in std::iter::once(&header).chain(rows) {
        text.push_str(&line(row, &shown, &widths, look));
        text.push('\n');
    }
    Drawn { text, left_out }
}

fn width_of(heads: &[Head], rows: &[Vec<Cell>], column: usize) -> usize {
    let cells = rows.iter().map(|row| row[column].text.chars().count());
    cells.chain([heads[column].header.chars().count()]).max().unwrap_or(0)
}

/// The columns that fit: those that cannot be missed, then each other one that still has room.
fn choose(heads: &[Head], widths: &[usize], room: Option<usize>) -> Vec<usize> {
    let Some(room) = room else { return (0..heads.len()).collect() };
    let needed = |shown: &[usize]| shown.iter().map(|column| widths[*column] + 2).sum::<usize>().saturating_sub(2);
    let dispensable = |column: &usize| DISPENSABLE.contains(&heads[*column].id);
    let mut shown: Vec<usize> = (0..heads.len()).filter(|column| !dispensable(column)).collect();
    for id in DISPENSABLE {
        let more: Vec<usize> = (0..heads.len()).filter(|column| heads[*column].id == id).collect();
        let with: Vec<usize> = shown.iter().copied().chain(more).collect();
        if needed(&with) <= room {
            shown = with;
        }
    }
    shown.sort_unstable();
    shown
}

/// Takes what is still too much from the texts that stay recognisable when cut.
fn squeeze(heads: &[Head], shown: &[usize], widths: &mut [usize], room: Option<usize>) {
    let Some(room) = room else { return };
    let needed: usize = shown.iter().map(|column| widths[*column] + 2).sum::<usize>().saturating_sub(2);
    let mut excess = needed.saturating_sub(room);
    for id in ["image", "owner", "name"] {
        for column in shown.iter().filter(|column| heads[**column].id == id) {
            let cut = excess.min(widths[*column].saturating_sub(12));
            widths[*column] -= cut;
            excess -= cut;
        }
    }
}

fn line(row: &[Cell], shown: &[usize], widths: &[usize], look: Look) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (position, column) in shown.iter().enumerate() {
        let (cell, width) = (&row[*column], widths[*column]);
        let gap = if position == 0 { 0 } else { 2 };
        let room = look.width.map_or(usize::MAX, |all| all.saturating_sub(used + gap));
        let text = shorten(&cell.text, room.min(width));
        let length = text.chars().count();
        let padding = width.saturating_sub(length).min(room.saturating_sub(length));
        line.push_str(&" ".repeat(gap));
        let blanks = " ".repeat(padding);
        let painted = match cell.colour {
            Some(colour) if look.colours => paint(&text, colour),
            _ => text,
        };
        line.push_str(&if cell.to_the_right { format!("{blanks}{painted}") } else { format!("{painted}{blanks}") });
        used += gap + length + padding;
    }
    line.truncate(line.trim_end().len());
    line
}

/// Cuts a text that has no room, and shows that it is cut.
fn shorten(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(room.saturating_sub(1)).collect();
    if room > 0 {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_give_way_to_short_numbers() {
        let heads = [Head { id: "name", header: "NAME" }, Head { id: "elapsed", header: "ELAPSED" }];
        let rows = [vec![Cell::text("a-name-of-twenty-five-let"), Cell::number("00:00:01")]];
        let drawn = draw(&heads, &rows, Look { width: Some(26), colours: false });
        assert_eq!(drawn.text, "NAME               ELAPSED\na-name-of-twent…  00:00:01\n");
    }
}
