//! Starting a session: the form, and what the server says to it.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::RawQuery;
use http::{HeaderValue, Response};
use maud::{Markup, html};
use rollcall_client::sessions::CreateOptions;
use rollcall_client::v1::Detail;
use rollcall_client::{Error, ImageRow};
use rollcall_model::ids::SessionId;

use super::acts::{dialog, head};
use super::quotas::{Quotas, slot_name, told};
use super::row::{GIB, amount};
use crate::look::{Tone, field, icon, note};
use crate::site::asked::Pairs;
use crate::site::refusal;
use crate::site::visitor::Visitor;

/// What the form holds, as texts.
#[derive(Clone, Debug, Default)]
struct Filled(BTreeMap<String, String>);

impl Filled {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn set(&mut self, name: &str, text: impl Into<String>) {
        self.0.insert(name.to_owned(), text.into());
    }

    /// As somebody sent it.
    fn sent(asked: &Pairs) -> Self {
        let mut filled = Self::default();
        for name in FIELDS {
            filled.set(name, asked.exact(name));
        }
        filled
    }

    /// Like a session that there is.
    fn like(detail: &Detail) -> Self {
        let row = &detail.session;
        let mut filled = Self::default();
        filled.set("image", &row.image);
        filled.set("project", &row.group_name);
        filled.set("group", row.scaling_group.clone().unwrap_or_default());
        filled.set("cpu", amount(row.slots.cpu));
        // All digits, so that it comes to the same bytes.
        filled.set("mem", format!("{:.6}", row.slots.mem / GIB).trim_end_matches('0').trim_end_matches('.'));
        let devices = row.slots.other.iter().find(|(name, number)| name.contains('.') && **number > 0.0);
        if let Some((name, number)) = devices {
            filled.set("device", name);
            filled.set("devices", amount(*number));
        }
        filled.set("command", row.startup_command.clone().unwrap_or_default());
        let environ = detail.environ.iter().flatten().map(|(name, value)| format!("{name}={value}"));
        filled.set("environ", environ.collect::<Vec<_>>().join("\n"));
        filled
    }
}

const FIELDS: [&str; 11] =
    ["name", "image", "project", "group", "cpu", "mem", "shmem", "device", "devices", "environ", "command"];

/// Wrong fields and why; the empty name stands for the whole form.
type Wrong = BTreeMap<&'static str, String>;

/// GET `/launch`, perhaps `?like=ID`.
pub(super) async fn form(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let like = asked.text("like").and_then(|id| id.parse().ok());
    let mut filled = match like {
        None => Filled::default(),
        Some(id) => match visitor.client.v1().session(SessionId(id)).await {
            Ok(detail) => Filled::like(&detail),
            Err(error) => return refusal::page(&visitor, &error),
        },
    };
    for name in FIELDS {
        if let Some(text) = asked.text(name) {
            filled.set(name, text);
        }
    }
    show(&visitor, filled, &Wrong::new()).await
}

async fn show(visitor: &Visitor, mut filled: Filled, wrong: &Wrong) -> Response<Body> {
    let project = Some(filled.get("project").to_owned()).filter(|project| !project.is_empty());
    let (quotas, images) = tokio::join!(Quotas::ask_in(&visitor.client, project.as_deref()), visitor.client.images());
    let (quotas, mut images) = match (quotas, images) {
        (Ok(quotas), Ok(images)) => (quotas, images),
        (Err(error), _) | (_, Err(error)) => return refusal::page(visitor, &error),
    };
    images.retain(|image| image.installed != Some(false));
    images.sort_by_key(ImageRow::canonical);
    if filled.get("image").is_empty() {
        // The first that is there; the first alias is the name that people know.
        filled.set("image", images.first().map(ImageRow::canonical).unwrap_or_default());
    }
    if filled.get("project").is_empty() {
        filled.set("project", quotas.project.as_str());
    }
    let title = visitor.taste.language.t("launch-title");
    let content = html! {
        form method="post" action="/launch" hx-post="/launch" hx-target="#dialog" hx-disable="find button.main" autocomplete="off" data-launch="" {
            (head(visitor, &title))
            @if let Some(whole) = wrong.get("") { (note(Tone::Bad, whole)) }
            (fields(visitor, &filled, wrong, &quotas, &images))
            div.dialog-foot {
                a.button href="/sessions" data-close="" { (visitor.taste.language.t("cancel")) }
                button.button.main { span.busy {} (icon("play")) (visitor.taste.language.t("launch")) }
            }
        }
    };
    dialog(visitor, &title, &content)
}

fn fields(visitor: &Visitor, filled: &Filled, wrong: &Wrong, quotas: &Quotas, images: &[ImageRow]) -> Markup {
    let language = visitor.taste.language;
    let of = |name: &str| wrong.get(name).map(String::as_str);
    let bad = |name: &str| of(name).map(|_| "true");
    let chosen = filled.get("image");
    let is_chosen = |image: &ImageRow| image.canonical() == chosen || image.aliases.iter().any(|alias| alias == chosen);
    let image = html! {
        select #image name="image" required aria-invalid=[bad("image")] {
            @for image in images { option value=(image.canonical()) selected[is_chosen(image)] { (image.canonical()) } }
            @if !chosen.is_empty() && !images.iter().any(is_chosen) { option value=(chosen) selected { (chosen) } }
        }
    };
    let name = html! { input #name name="name" value=(filled.get("name")) minlength="4" maxlength="64" placeholder=(language.t("launch-name-placeholder")) aria-invalid=[bad("name")]; };
    let project = html! { select #project name="project" { @for project in &quotas.projects { option selected[project == filled.get("project")] { (project) } } } };
    let group = html! {
        select #group name="group" aria-invalid=[bad("group")] {
            option value="" { (language.t("launch-any-group")) }
            @for (group, left) in &quotas.groups {
                option value=(group) selected[group == filled.get("group")] { (group) " (" (language.with("left-words", [("cpu", told("cpu", left.get("cpu").copied().unwrap_or_default())), ("mem", told("mem", left.get("mem").copied().unwrap_or_default()))])) ")" }
            }
        }
    };
    let devices: Vec<&String> = quotas.slots.keys().filter(|slot| slot.contains('.')).collect();
    html! {
        div.columns {
            div.wide { (field("image", &language.t("image"), &image, None, of("image"))) }
            (field("name", &language.t("name"), &name, Some(&language.t("launch-name-hint")), of("name")))
            (field("project", &language.t("project"), &project, None, None))
            @if !quotas.presets.is_empty() {
                div.wide.field {
                    span.label { (language.t("presets")) }
                    div.acts {
                        @for preset in &quotas.presets {
                            button.button type="button" disabled[!preset.allocatable] data-preset="" data-slots=(serde_json::to_string(&preset.slots).unwrap_or_default()) data-shmem=(preset.shared_memory.as_deref().unwrap_or_default())
                                title=(if preset.allocatable { preset.slots.iter().map(|(slot, number)| format!("{} {}", slot_name(language, slot), told(slot, *number))).collect::<Vec<_>>().join(", ") } else { language.t("preset-no-room") }) { (preset.name) }
                        }
                    }
                }
            }
            (slider(visitor, "cpu", "CPU", filled.get("cpu"), quotas, of("cpu")))
            (slider(visitor, "mem", &language.t("memory-gib"), filled.get("mem"), quotas, of("mem")))
            @if let Some(slot) = devices.first() {
                input type="hidden" name="device" value=(slot);
                (slider(visitor, "devices", &slot_name(language, slot), filled.get("devices"), quotas, of("devices")))
            }
            (field("group", &language.t("resource-group"), &group, None, of("group")))
            details.wide open[!filled.get("command").is_empty() || !filled.get("environ").is_empty() || of("environ").is_some() || of("command").is_some() || of("starts").is_some() || of("shmem").is_some()] {
                summary { (language.t("launch-more")) }
                div.columns {
                    div.wide { (field("environ", &language.t("environment"), &html! { textarea #environ name="environ" rows="3" placeholder="NAME=value" aria-invalid=[bad("environ")] { (filled.get("environ")) } }, Some(&language.t("launch-environ-hint")), of("environ"))) }
                    div.wide { (field("command", &language.t("batch-command"), &html! { input #command name="command" value=(filled.get("command")) aria-invalid=[bad("command")]; }, Some(&language.t("launch-command-hint")), of("command"))) }
                    (field("starts", &language.t("starts-at"), &html! { input #starts name="starts" type="datetime-local" data-local-time="" aria-invalid=[bad("starts")]; input type="hidden" name="starts_at"; }, Some(&language.t("launch-starts-hint")), of("starts")))
                    (field("shmem", &language.t("shared-memory"), &html! { input #shmem name="shmem" value=(filled.get("shmem")) placeholder="64m" aria-invalid=[bad("shmem")]; }, None, of("shmem")))
                }
            }
        }
    }
}

/// A number with a slider that ends where the quota does.
fn slider(visitor: &Visitor, name: &str, label: &str, value: &str, quotas: &Quotas, wrong: Option<&str>) -> Markup {
    let language = visitor.taste.language;
    let slot = match name {
        "cpu" | "mem" => name,
        _ => quotas.slots.keys().find(|slot| slot.contains('.')).map_or("", String::as_str),
    };
    let room = quotas.slots.get(slot);
    let by_group = quotas.groups.values().filter_map(|left| left.get(slot)).copied().fold(0.0, f64::max);
    let left = room.map_or(by_group, |room| room.left.min(by_group)).max(0.0);
    let (least, step, most) = match name {
        "cpu" => (1.0, 1.0, left.floor()),
        "mem" => (0.0625, 0.0625, (left / GIB * 16.0).floor() / 16.0),
        _ => (0.0, 1.0, left.floor()),
    };
    // A slider needs an end; a number field does not.
    let end = if most.is_finite() { most.max(least) } else { 64.0 };
    let usual = if name == "devices" { 0.0 } else { 1.0_f64.min(end) };
    let value = if value.is_empty() { amount(usual) } else { value.to_owned() };
    let hint =
        language.with("left-of-quota", [("left", if name == "mem" { told("mem", left) } else { told(slot, left) })]);
    let control = html! {
        div.slide data-slide="" {
            input type="range" min=(amount(least)) max=(amount(end)) step=(step) value=(value) aria-label=(label) tabindex="-1";
            input id=(name) name=(name) type="number" min=(if name == "devices" { "0".to_owned() } else { least.to_string() }) step=(if name == "mem" { "any".to_owned() } else { step.to_string() }) value=(value) required aria-invalid=[wrong.map(|_| "true")];
        }
    };
    field(name, label, &control, Some(&hint), wrong)
}

/// Names and values, a pair a line.
fn environ(text: &str) -> Result<Vec<(String, String)>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pairs = lines.map(|line| {
        line.split_once('=')
            .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
            .ok_or_else(|| line.to_owned())
    });
    pairs.collect()
}

/// A name nobody has to think of.
fn made_up(image: &str) -> String {
    let short = rollcall_model::human::image_short_name(image).split(':').next().unwrap_or_default();
    let plain: String =
        short.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(20).collect();
    let plain = if plain.is_empty() { "session".to_owned() } else { plain };
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{plain}-{}", random.get(..6).unwrap_or_default())
}

/// POST `/launch`.
pub(super) async fn launch(visitor: Visitor, body: Bytes) -> Response<Body> {
    let asked = Pairs::parse(&body);
    let language = visitor.taste.language;
    let filled = Filled::sent(&asked);
    let environ = match environ(asked.exact("environ")) {
        Ok(environ) => environ,
        Err(line) => {
            let wrong = Wrong::from([("environ", language.with("launch-environ-wrong", [("line", line)]))]);
            return show(&visitor, filled, &wrong).await;
        }
    };
    let mut resources = Vec::new();
    if let Some(cpu) = asked.text("cpu") {
        resources.push(("cpu".to_owned(), cpu.to_owned()));
    }
    if let Some(mem) = asked.text("mem") {
        match mem.parse::<f64>().ok().filter(|gib| gib.is_finite() && *gib > 0.0) {
            Some(gib) => resources.push(("mem".to_owned(), format!("{:.0}", gib * GIB))),
            None => {
                let wrong = Wrong::from([("mem", language.t("not-a-number"))]);
                return show(&visitor, filled, &wrong).await;
            }
        }
    }
    if let (Some(device), Some(devices)) =
        (asked.text("device"), asked.text("devices").filter(|devices| *devices != "0"))
    {
        resources.push((device.to_owned(), devices.to_owned()));
    }
    let user = match visitor.client.user(None).await {
        Ok(user) => user,
        Err(error) => return refusal::page(&visitor, &error),
    };
    let domain = user.map(|user| user.domain_name);
    let client = domain.map_or_else(|| visitor.client.clone(), |domain| visitor.client.in_domain(&domain));
    let image = asked.text("image").unwrap_or_default().to_owned();
    let owned = |name: &str| asked.text(name).map(str::to_owned);
    let options = CreateOptions {
        name: owned("name").unwrap_or_else(|| made_up(&image)),
        image,
        batch_command: owned("command"),
        group: owned("project").unwrap_or_else(|| "default".to_owned()),
        resource_group: owned("group"),
        resources,
        shared_memory: owned("shmem"),
        cluster_size: 1,
        starts_at: owned("starts_at"),
        environ,
        owner: None,
        wait: None,
        // A second session of a name is a mistake worth hearing of.
        reuse: false,
    };
    match client.sessions().create(&options).await {
        Ok(created) if visitor.part => {
            let said = html! { div.inside data-launched=(created.id) { (note(Tone::Good, &language.with("launched", [("name", options.name.as_str())]))) } };
            let mut response = dialog(&visitor, "", &said);
            if let Ok(id) = HeaderValue::try_from(created.id.to_string()) {
                response.headers_mut().insert("session-id", id);
            }
            response
        }
        Ok(_) => crate::site::taste::to("/sessions"),
        Err(error) if refusal::is_signed_out(&error) || refusal::is_away(&error) => refusal::page(&visitor, &error),
        Err(error) => show(&visitor, filled, &wrong(&error)).await,
    }
}

/// Which field a refusal speaks of.
fn wrong(error: &Error) -> Wrong {
    let sentence = refusal::sentence(error);
    let by_slug = match error.slug() {
        Some("session-already-exists") => "name",
        Some("image-not-found" | "image-not-found-by-alias") => "image",
        Some("scaling-group-not-found" | "scaling-group-not-allowed") => "group",
        _ => "",
    };
    let data = match error {
        Error::Server { problem, .. } => problem.data.as_ref().and_then(serde_json::Value::as_object),
        _ => None,
    };
    let Some(data) = data else { return Wrong::from([(by_slug, sentence)]) };
    let mut wrong = Wrong::new();
    for (name, reason) in data {
        let reason = reason.as_str().unwrap_or_default();
        let at = [
            ("resources.cpu", "cpu"),
            ("resources.mem", "mem"),
            ("shmem", "shmem"),
            ("environ", "environ"),
            ("image", "image"),
            ("name", "name"),
            ("startup", "command"),
            ("starts", "starts"),
            ("scaling", "group"),
            ("Session", "name"),
        ];
        let at = at.into_iter().find(|(part, _)| name.contains(part)).map_or("", |(_, field)| field);
        let text = if at.is_empty() { format!("{name}: {reason}") } else { reason.to_owned() };
        wrong.entry(at).and_modify(|known| *known = format!("{known}; {text}")).or_insert(text);
    }
    if wrong.is_empty() {
        wrong.insert(by_slug, sentence);
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn environment_is_a_pair_a_line() {
        assert_eq!(
            environ("A=1\n\n B = x=y \n").unwrap(),
            [("A".to_owned(), "1".to_owned()), ("B".to_owned(), " x=y".to_owned())]
        );
        assert_eq!(environ("A").unwrap_err(), "A");
    }

    #[test]
    fn made_up_names_are_names() {
        for image in ["local.rollcall/rollcall/bash:5", "", "a/b/<x>:1"] {
            let name = made_up(image);
            assert!((4..=64).contains(&name.len()) && name.is_ascii(), "{name}");
        }
    }
}
