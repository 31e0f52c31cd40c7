//! A row of the list: a cell of each column.

use maud::{Markup, html};
use rollcall_client::v1::{SessionRow, Usage};
use rollcall_model::human;
use rollcall_model::list::columns::LoginMode;

use super::standing;
use crate::look::{Taste, bar, chip, icon, icon_link, length, moment, since, sparkline, times};

/// How rows are drawn: which columns, and for whom.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    /// Ids of the columns, in their order.
    pub(super) columns: Vec<&'static str>,
    /// How the browser wants it.
    pub(super) taste: Taste,
    /// What owners are called.
    pub(super) mode: LoginMode,
}

impl Drawing {
    /// A row; `number` is its place in the whole list.
    pub(super) fn row(&self, row: &SessionRow, number: u64) -> Markup {
        let language = self.taste.language;
        let may_end = row.can.iter().any(|control| control == "terminate" || control == "force-terminate");
        html! {
            tr id={ "s-" (row.id) } data-id=(row.id) data-name=(row.name) data-status=(row.status) {
                td.c-mark {
                    @if may_end { input type="checkbox" name="id" value=(row.id) form="marks" data-mark="" aria-label=(language.with("mark-one", [("name", row.name.as_str())])); }
                }
                td.c-number { (number) }
                @for column in &self.columns {
                    td class={ "c-" (column) } { (self.cell(column, row)) }
                }
            }
        }
    }

    fn cell(&self, column: &str, row: &SessionRow) -> Markup {
        match column {
            "session" => self.session(row),
            "owner" => {
                let owner = if self.mode == LoginMode::Api { &row.access_key } else { &row.user_email };
                html! { div.iso title=(owner) { (owner) } }
            }
            "project" => html! { div.iso title=(row.group_name) { (row.group_name) } },
            "status" => self.status(row),
            "controls" => self.controls(row),
            "configuration" => self.configuration(row),
            "usage" => self.usage(row),
            "reservation" => self.reservation(row),
            "agent" => self.agent(row),
            _ => html! {},
        }
    }

    fn session(&self, row: &SessionRow) -> Markup {
        let language = self.taste.language;
        let (name, tag) = row.image_name.split_once(':').unwrap_or((&row.image_name, ""));
        html! {
            div { a.name href={ "/sessions/" (row.id) } data-open=(row.id) title=(row.name) dir="auto" { (row.name) } }
            div title=(row.image) {
                span.badge.image { (name) }
                @for part in tag.split('-').filter(|part| !part.is_empty()) { span.badge { (part) } }
                @if row.session_type != "INTERACTIVE" { span.badge { (language.t("type-batch")) } }
                @if row.cluster_size > 1 { span.badge { (language.t(if row.cluster_mode == "multi-node" { "cluster-nodes" } else { "cluster-containers" })) " × " (row.cluster_size) } }
            }
        }
    }

    fn status(&self, row: &SessionRow) -> Markup {
        let language = self.taste.language;
        let (tone, icon_name) = standing::of(&row.status);
        let sentence = standing::sentence(language, row);
        html! {
            div {
                (chip(tone, icon_name, &standing::word(language, &row.status)))
                @if let Some(at) = &row.status_since { " " span.quiet { (since(at)) } }
            }
            @if let Some(sentence) = &sentence {
                div.quiet title=(sentence) { (sentence) }
            }
        }
    }

    pub(super) fn controls(&self, row: &SessionRow) -> Markup {
        let language = self.taste.language;
        let can = |control: &str| row.can.iter().any(|known| known == control);
        let end = can("terminate") || can("force-terminate");
        html! {
            div.controls {
                @if can("terminal") { (icon_link(&terminal(row), "terminal", &language.t("control-terminal"), "", Some("_blank"))) }
                @if can("logs") { (icon_link(&format!("/sessions/{}/logs", row.id), "logs", &language.t("control-logs"), "", None)) }
                @if can("restart") { a.button.icon-only href={ "/sessions/" (row.id) "/restart" } data-dialog="" title=(language.t("control-restart")) aria-label=(language.t("control-restart")) { (icon("restart")) } }
                a.button.icon-only href={ "/launch?like=" (row.id) } data-dialog="" title=(language.t("control-again")) aria-label=(language.t("control-again")) { (icon("again")) }
                @if end { a.button.icon-only.bad href={ "/terminate?id=" (row.id) } data-dialog="" title=(language.t("control-terminate")) aria-label=(language.t("control-terminate")) { (icon("stop")) } }
            }
        }
    }

    fn configuration(&self, row: &SessionRow) -> Markup {
        let language = self.taste.language;
        let sizes = sizes(row);
        let group = row.scaling_group.as_deref().unwrap_or("–");
        html! {
            div title=(sizes) { (sizes) }
            div.quiet title=(group) {
                (group)
                @if !row.mounts.is_empty() { " · " span title=(row.mounts.join(", ")) { (language.with("folders-count", [("count", row.mounts.len())])) } }
            }
        }
    }

    fn usage(&self, row: &SessionRow) -> Markup {
        let Some(usage) = &row.usage else { return html! {} };
        if !usage.live {
            return self.last_usage(usage, row.slots.cpu);
        }
        let language = self.taste.language;
        let (cpu, cores) = (amount(usage.cpu), amount(row.slots.cpu));
        let (mem, most) = memory(usage.mem, row.slots.mem);
        #[allow(clippy::cast_precision_loss, reason = "bytes of a machine")]
        let bytes = usage.mem as f64;
        html! {
            div.uses {
                div.amount {
                    span {
                        (language.with("use-cpu", [("used", cpu.as_str()), ("of", cores.as_str())]))
                        @if usage.cpu < IDLE { " " span.quiet { (language.t("use-idle")) } }
                    }
                    (bar(usage.cpu, row.slots.cpu))
                    span { (language.with("use-mem", [("used", mem.as_str()), ("of", most.as_str())])) }
                    (bar(bytes, row.slots.mem))
                }
                div.io title=(language.t("use-io")) {
                    div { "R " (rate(usage.io_read_rate)) }
                    div { "W " (rate(usage.io_write_rate)) }
                }
                (self.curve(usage, row.slots.cpu))
            }
        }
    }

    /// The processor's ten minutes.
    fn curve(&self, usage: &Usage, cores: f64) -> Markup {
        let Some(recent) = &usage.recent else { return html! {} };
        // Ten minutes are as wide whatever a session has of them; the newest is at the right.
        let whole = usize::try_from(TEN_MINUTES / recent.step.max(1)).unwrap_or_default();
        let mut curve = vec![None; whole.saturating_sub(recent.cpu.len())];
        curve.extend(&recent.cpu);
        sparkline(&curve, cores, &self.taste.language.t("use-curve"))
    }

    fn last_usage(&self, usage: &Usage, cores: f64) -> Markup {
        let language = self.taste.language;
        #[allow(clippy::cast_possible_truncation, reason = "seconds of processor time")]
        let seconds = usage.cpu_seconds as i64;
        let (time, mem) = (length(seconds), gib(usage.mem_max));
        html! {
            div.uses {
                div.amount {
                    span { (language.with("used-cpu", [("time", time.as_str())])) }
                    span { (language.with("used-mem", [("most", mem.as_str())])) }
                }
                div.io title=(language.t("used-io")) {
                    div { "R " (size(usage.io_read)) }
                    div { "W " (size(usage.io_write)) }
                }
                (self.curve(usage, cores))
            }
        }
    }

    fn reservation(&self, row: &SessionRow) -> Markup {
        html! {
            div { (moment(&row.created_at, "short", self.taste.offset)) }
            div.quiet {
                @match &row.terminated_at {
                    None => (since(&row.created_at)),
                    Some(end) => (length(times::between(&row.created_at, end).unwrap_or_default())),
                }
            }
        }
    }

    fn agent(&self, row: &SessionRow) -> Markup {
        let mut agents: Vec<&str> = row.containers.iter().filter_map(|container| container.agent.as_deref()).collect();
        agents.extend(row.agent.as_deref());
        agents.sort_unstable();
        agents.dedup();
        let all = agents.join(", ");
        html! { @if !all.is_empty() { div title=(all) { (all) } } }
    }
}

/// Seconds of a row's curve.
const TEN_MINUTES: i64 = 600;
/// Cores below which nothing goes on.
const IDLE: f64 = 0.01;
/// Bytes of a GiB.
pub(super) const GIB: f64 = (1_u64 << 30) as f64;

/// Where the terminal of a session is.
pub(super) fn terminal(row: &SessionRow) -> String {
    let name: String = url::form_urlencoded::byte_serialize(row.name.as_bytes()).collect();
    format!("/terminal#session={}&name={name}", row.id)
}

/// What a session holds, in one line.
pub(super) fn sizes(row: &SessionRow) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "bytes of a machine")]
    let mem = human::gib(row.slots.mem as i64);
    let mut text = format!("{} CPU · {mem} GiB", amount(row.slots.cpu));
    for (name, number) in row.slots.other.iter().filter(|(_, number)| **number > 0.0) {
        text.push_str(&format!(" · {} {}", amount(*number), device(name)));
    }
    text
}

/// The name of a kind of device.
pub(super) fn device(slot: &str) -> &str {
    match slot.split('.').next() {
        Some("cuda" | "rocm") => "GPU",
        Some("tpu") => "TPU",
        _ => slot,
    }
}

/// A number without needless decimals: two at most.
pub(super) fn amount(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Bytes as GiB with two decimals.
pub(super) fn gib(bytes: i64) -> String {
    human::gib(bytes)
}

/// Memory in use of what is held, in the unit of the latter.
#[allow(clippy::cast_precision_loss, reason = "bytes of a machine")]
fn memory(used: i64, of: f64) -> (String, String) {
    let (unit, word) = if of < GIB { (f64::from(1 << 20), "MiB") } else { (GIB, "GiB") };
    let used = used.max(0) as f64 / unit;
    let used = if word == "MiB" || used >= 10.0 { format!("{used:.0}") } else { format!("{used:.1}") };
    (used, format!("{} {word}", amount(of / unit)))
}

/// Bytes in the unit that fits.
#[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(super) fn size(bytes: i64) -> String {
    let bytes = bytes.max(0) as f64;
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut number = bytes;
    for unit in units {
        if number < 1000.0 || unit == "TiB" {
            return if number < 10.0 && unit != "B" {
                format!("{number:.1} {unit}")
            } else {
                format!("{number:.0} {unit}")
            };
        }
        number /= 1024.0;
    }
    String::new()
}

/// Bytes a second.
pub(super) fn rate(bytes: i64) -> String {
    format!("{}/s", size(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 1.4, 0.256, 120.0].map(amount), ["1", "1.4", "0.26", "120"]);
        assert_eq!(
            [0, 999, 1500, 20_480, 5 << 30, -3].map(size),
            ["0 B", "999 B", "1.5 KiB", "20 KiB", "5.0 GiB", "0 B"]
        );
        assert_eq!(device("cuda.device"), "GPU");
        assert_eq!(memory(966_367_641, 4.0 * GIB), ("0.9".to_owned(), "4 GiB".to_owned()));
        assert_eq!(memory(2 << 20, GIB / 4.0), ("2".to_owned(), "256 MiB".to_owned()));
    }
}
