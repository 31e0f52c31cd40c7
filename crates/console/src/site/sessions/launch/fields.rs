//! The form's fields.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use rollcall_client::ImageRow;
use rollcall_model::session::ClusterMode;

use super::filled::{Filled, device_field};
use super::{AGAIN, Wrong};
use crate::look::field;
use crate::site::sessions::quotas::{Quotas, slot_name, told};
use crate::site::sessions::row::GIB;
use crate::site::visitor::Visitor;
use crate::words::Language;

/// What the fields are made of.
pub(super) struct Form<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) filled: &'a Filled,
    pub(super) wrong: &'a Wrong,
    pub(super) quotas: &'a Quotas,
    pub(super) images: &'a [ImageRow],
}

impl Form<'_> {
    fn language(&self) -> Language {
        self.visitor.taste.language
    }

    fn t(&self, name: &str) -> String {
        self.language().t(name)
    }

    fn value(&self, name: &str) -> &str {
        self.filled.get(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.wrong.get(name).map(String::as_str)
    }

    fn bad(&self, name: &str) -> Option<&'static str> {
        self.wrong(name).map(|_| "true")
    }

    /// All of them.
    pub(super) fn fields(&self) -> Markup {
        let name = html! { input #name name="name" value=(self.value("name")) minlength="4" maxlength="64" placeholder=(self.t("launch-name-placeholder")) aria-invalid=[self.bad("name")]; };
        let devices = self.devices();
        html! {
            div.columns {
                div.wide { (self.image()) }
                (field("name", &self.t("name"), &name, Some(&self.t("launch-name-hint")), self.wrong("name")))
                (self.project())
                (self.presets())
                (self.slider("cpu", "cpu", "CPU"))
                (self.slider("mem", "mem", &self.t("memory-gib")))
                @for slot in &devices { (self.slider(&device_field(slot), slot, &device_label(self.language(), slot, devices.len() > 1))) }
                (self.group())
                (self.more())
            }
        }
    }

    fn image(&self) -> Markup {
        let chosen = self.value("image");
        let is_chosen =
            |image: &ImageRow| image.canonical() == chosen || image.aliases.iter().any(|alias| alias == chosen);
        let control = html! {
            select #image name="image" required aria-invalid=[self.bad("image")] {
                @for image in self.images { option value=(image.canonical()) selected[is_chosen(image)] { (image.canonical()) } }
                @if !chosen.is_empty() && !self.images.iter().any(is_chosen) { option value=(chosen) selected { (chosen) } }
            }
        };
        field("image", &self.t("image"), &control, None, self.wrong("image"))
    }

    /// Another project has other quotas, groups and presets: the form comes anew, with everything that was typed. By
    /// itself in a dialog, which htmx fills; by a button on a page of its own.
    fn project(&self) -> Markup {
        let by_itself = self.visitor.part;
        let again = by_itself.then_some(AGAIN);
        let options = html! { @for project in &self.quotas.projects { option selected[project == self.value("project")] { (project) } } };
        let control = html! {
            @if by_itself {
                select #project name="project" aria-invalid=[self.bad("project")] hx-post=[again] hx-trigger="change" hx-target="#dialog" hx-swap="innerHTML" { (options) }
            } @else {
                div.slide {
                    select #project name="project" aria-invalid=[self.bad("project")] { (options) }
                    button.button formaction=(AGAIN) formnovalidate { (self.t("apply")) }
                }
            }
        };
        field("project", &self.t("project"), &control, None, self.wrong("project"))
    }

    fn group(&self) -> Markup {
        let language = self.language();
        let control = html! {
            select #group name="group" aria-invalid=[self.bad("group")] {
                option value="" { (language.t("launch-any-group")) }
                @for (group, left) in &self.quotas.groups {
                    @let left = ["cpu", "mem"].map(|slot| (slot, told(slot, left.get(slot).copied().unwrap_or_default())));
                    option value=(group) selected[group == self.value("group")] { (group) " (" (language.with("left-words", left)) ")" }
                }
            }
        };
        field("group", &language.t("resource-group"), &control, None, self.wrong("group"))
    }

    fn presets(&self) -> Markup {
        let language = self.language();
        let words = |slots: &BTreeMap<String, f64>| {
            let word =
                |(slot, number): (&String, &f64)| format!("{} {}", slot_name(language, slot), told(slot, *number));
            slots.iter().filter(|(_, number)| **number > 0.0).map(word).collect::<Vec<_>>().join(", ")
        };
        html! {
            @if !self.quotas.presets.is_empty() {
                div.wide.field {
                    span.label { (language.t("presets")) }
                    div.acts {
                        @for preset in &self.quotas.presets {
                            button.button type="button" disabled[!preset.allocatable] data-preset="" data-slots=(serde_json::to_string(&preset.slots).unwrap_or_default()) data-shmem=(preset.shared_memory.as_deref().unwrap_or_default())
                                title=(if preset.allocatable { words(&preset.slots) } else { language.t("preset-no-room") }) { (preset.name) }
                        }
                    }
                }
            }
        }
    }

    /// Slots of devices: those that the server knows, and those that are filled in.
    fn devices(&self) -> BTreeSet<&str> {
        let known = self.quotas.slots.keys().map(String::as_str).filter(|slot| !matches!(*slot, "cpu" | "mem"));
        known.chain(self.filled.devices()).collect()
    }

    /// What can still be had of a slot, by the quotas and in the resource group that has most of it.
    fn left(&self, slot: &str) -> f64 {
        let by_group = self.quotas.groups.values().filter_map(|left| left.get(slot)).copied().fold(0.0, f64::max);
        self.quotas.slots.get(slot).map_or(by_group, |room| room.left.min(by_group)).max(0.0)
    }

    /// A number with a slider that ends where the quota does.
    fn slider(&self, name: &str, slot: &str, label: &str) -> Markup {
        let left = self.left(slot);
        let (least, step, most) = match slot {
            "cpu" => (1.0, 1.0, left.floor()),
            "mem" => (0.0625, 0.0625, (left / GIB * 16.0).floor() / 16.0),
            // Parts of a device, unlike whole ones.
            shares if shares.ends_with(".shares") => (0.0, 0.1, left),
            _ => (0.0, 1.0, left.floor()),
        };
        // A slider needs an end; a number field does not.
        let end = if most.is_finite() { most.max(least) } else { 64.0 };
        let usual = if least > 0.0 { 1.0_f64.min(end) } else { 0.0 };
        let value =
            Some(self.value(name)).filter(|text| !text.is_empty()).map_or_else(|| usual.to_string(), str::to_owned);
        let any = step < 1.0;
        // Never told as more than it is.
        let shown = if slot == "mem" { (left / GIB * 100.0).floor() / 100.0 * GIB } else { left };
        let hint = self.language().with("left-of-quota", [("left", told(slot, shown))]);
        let control = html! {
            div.slide data-slide="" {
                input type="range" min=(least) max=(end) step=(step) value=(value) aria-label=(label) tabindex="-1";
                input id=(name) name=(name) data-slot=(slot) type="number" min=(least) step=(if any { "any".to_owned() } else { step.to_string() }) value=(value) required aria-invalid=[self.bad(name)];
            }
        };
        field(name, label, &control, Some(&hint), self.wrong(name))
    }

    /// What most sessions do without.
    fn more(&self) -> Markup {
        const NAMES: [&str; 9] =
            ["environ", "command", "starts", "shmem", "cluster", "cluster_mode", "tag", "bootstrap", "mounts"];
        let usual = |name: &str| match name {
            "cluster" => "1",
            "cluster_mode" => ClusterMode::SingleNode.as_str(),
            _ => "",
        };
        let open = NAMES
            .iter()
            .any(|name| self.wrong(name).is_some() || !self.value(name).is_empty() && self.value(name) != usual(name));
        let text =
            |name: &str| html! { input id=(name) name=(name) value=(self.value(name)) aria-invalid=[self.bad(name)]; };
        let lines = |name: &str, rows: &str, placeholder: Option<&str>| html! { textarea id=(name) name=(name) rows=(rows) placeholder=[placeholder] aria-invalid=[self.bad(name)] { "\n" (self.value(name)) } };
        let shown = |name: &str, label: &str, control: &Markup, hint: Option<&str>| {
            let hint = hint.map(|hint| self.t(hint));
            field(name, &self.t(label), control, hint.as_deref(), self.wrong(name))
        };
        let starts = html! {
            input #starts name="starts" type="datetime-local" value=(self.value("starts")) data-local-time="" aria-invalid=[self.bad("starts")];
            input type="hidden" name="starts_at" value=(self.value("starts_at"));
        };
        let shmem = html! { input #shmem name="shmem" value=(self.value("shmem")) placeholder="64m" aria-invalid=[self.bad("shmem")]; };
        let size = Some(self.value("cluster")).filter(|text| !text.is_empty()).unwrap_or(usual("cluster"));
        let cluster = html! { input #cluster name="cluster" type="number" min="1" step="1" value=(size) aria-invalid=[self.bad("cluster")]; };
        let mode = html! {
            select #cluster_mode name="cluster_mode" {
                @for mode in ClusterMode::ALL { option value=(mode.as_str()) selected[mode.as_str() == self.value("cluster_mode")] { (self.t(&format!("cluster-{}", mode.as_str()))) } }
            }
        };
        html! {
            details.wide open[open] {
                summary { (self.t("launch-more")) }
                div.columns {
                    div.wide { (shown("environ", "environment", &lines("environ", "3", Some("NAME=value")), Some("launch-environ-hint"))) }
                    div.wide { (shown("command", "batch-command", &text("command"), Some("launch-command-hint"))) }
                    (shown("starts", "starts-at", &starts, Some("launch-starts-hint")))
                    (shown("shmem", "shared-memory", &shmem, None))
                    (shown("cluster", "launch-cluster", &cluster, Some("launch-cluster-hint")))
                    (shown("cluster_mode", "launch-cluster-mode", &mode, None))
                    (shown("tag", "tag", &text("tag"), None))
                    // Where there are no folders, none are offered; a session may have had some all the same.
                    @if !self.value("mounts").is_empty() { (shown("mounts", "mounts", &text("mounts"), None)) }
                    div.wide { (shown("bootstrap", "launch-bootstrap", &lines("bootstrap", "2", None), Some("launch-bootstrap-hint"))) }
                }
            }
        }
    }
}

/// What a slot of devices is called; with the slot's own name where there are several.
fn device_label(language: Language, slot: &str, several: bool) -> String {
    let name = slot_name(language, slot);
    if several && name != slot { format!("{name} ({slot})") } else { name }
}
