//! `rollcall info`: everything about one session.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::Utc;
use rollcall_client::SessionRow;
use rollcall_client::sessions::{ContainerRow, Fence, Which};
use rollcall_model::ids::KernelId;
use rollcall_model::{Timestamp, human};

use super::cells;
use super::connect::connect;
use super::document;
use super::failure::Failure;
use super::target::find;
use super::text::{self, Colour, clean, paint};
use crate::out;

/// Arguments of `rollcall info`.
#[derive(Debug, clap::Args)]
pub(crate) struct InfoArguments {
    /// Its exact name, or its id
    session: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Of this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Shows one session.
pub(super) async fn info(profile: Option<&str>, arguments: InfoArguments) -> Result<(), Failure> {
    let client = connect(profile)?.client;
    let mut target = find(&client, &arguments.session, Which::Any, arguments.owner.as_deref()).await?;
    client.sessions().explain_one(&mut target.row).await?;
    client.sessions().add_remaining_to(&mut target.row).await?;
    if arguments.json {
        out::line(document::pretty(&target.row)?);
    } else {
        let fences = match target.row.any_id() {
            Some(id) => client.sessions().fences(id).await?,
            None => HashMap::new(),
        };
        out::print(told(&target.row, &fences, Utc::now(), text::colours_wanted()));
    }
    Ok(())
}

fn told(row: &SessionRow, fences: &HashMap<KernelId, Fence>, now: Timestamp, colours: bool) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let name = format!("{name:<15}");
        let name = if colours { paint(&name, Colour::Grey) } else { name };
        let _ = writeln!(text, "{name} {value}");
    };
    let given = |value: &Option<String>| value.as_deref().filter(|value| !value.is_empty()).map(clean);
    line("name", given(&row.name).unwrap_or_default());
    line("id", row.any_id().map(|id| id.to_string()).unwrap_or_default());
    line("status", status(row, colours));
    if let Some(waiting) = &row.waiting {
        line("", clean(&waiting.sentence));
        line("would help", clean(&waiting.unblock));
    }
    if let Some(remaining) = &row.remaining {
        line("", clean(&remaining.sentence));
    }
    for explanation in explanations(row) {
        line("", explanation);
    }
    line("image", given(&row.image).unwrap_or_default());
    line("owner", [&row.user_email, &row.access_key].into_iter().filter_map(given).collect::<Vec<_>>().join("  "));
    line("project", [&row.group_name, &row.domain_name].into_iter().filter_map(given).collect::<Vec<_>>().join(" in "));
    if let Some(group) = given(&row.scaling_group) {
        line("resource group", group);
    }
    line("slots", slots(row));
    line("made", row.created_at.map(text::moment).unwrap_or_default());
    if let Some(ended) = row.terminated_at {
        line("ended", text::moment(ended));
    }
    line("elapsed", cells::elapsed(row, now));
    if let Some(command) = given(&row.startup_command) {
        line("command", command);
        line("result", given(&row.result).unwrap_or_default().to_lowercase());
    }
    for kernel in &row.containers {
        line("kernel", container(kernel));
        if let Some(use_now) = usage(kernel) {
            line("", use_now);
        }
    }
    // Kernels of one agent share a fence; it is told once.
    let mut told_already = Vec::new();
    for fence in row.containers.iter().filter_map(|kernel| fences.get(&kernel.id?)) {
        if !told_already.contains(&fence) {
            line("fence", clean(&fence.text));
            line("limits", clean(&fence.limits));
            line("network", clean(&fence.network));
            told_already.push(fence);
        }
    }
    text
}

fn status(row: &SessionRow, colours: bool) -> String {
    let (word, colour) = text::status(row.status.as_deref().unwrap_or_default());
    let word = match colour {
        Some(colour) if colours => paint(&word, colour),
        _ => word,
    };
    match cells::reason(row).as_str() {
        "-" => word,
        reason => format!("{word} ({reason})"),
    }
}

/// What the server says about waiting or failing.
pub(super) fn explanations(row: &SessionRow) -> Vec<String> {
    let Some(data) = &row.status_data else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(failed) = data.pointer("/scheduler/failed_predicates").and_then(|list| list.as_array()) {
        found.extend(failed.iter().filter_map(|item| item.get("msg")?.as_str()).map(clean));
    }
    found.extend(data.pointer("/error/repr").and_then(|text| text.as_str()).map(clean));
    if let Some(code) = data.pointer("/kernel/exit_code").and_then(serde_json::Value::as_i64) {
        found.push(format!("exit code {code}"));
    }
    found
}

fn slots(row: &SessionRow) -> String {
    let Some(slots) = row.occupied_slots.as_ref().and_then(|slots| slots.as_object()) else { return "-".to_owned() };
    let told = slots.iter().map(|(name, _)| match (name.as_str(), row.slot(name)) {
        (name, Some(bytes)) if name.contains("mem") => format!("{} {}", clean(name), text::bytes(bytes)),
        (name, amount) => format!("{} {}", clean(name), amount.unwrap_or_default()),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn container(kernel: &ContainerRow) -> String {
    let host = kernel.cluster_hostname.as_deref().unwrap_or("main1");
    let (status, _) = text::status(kernel.status.as_deref().unwrap_or_default());
    let mut words = vec![clean(host), status];
    words.extend(kernel.agent.as_deref().map(|agent| format!("on {}", clean(agent))));
    words.extend(kernel.container_id.as_deref().map(|id| format!("as {}", clean(id))));
    words.join(" ")
}

fn usage(kernel: &ContainerRow) -> Option<String> {
    let mut words = Vec::new();
    if kernel.status.as_deref() == Some("RUNNING") {
        words.extend(kernel.metric("cpu_util").map(|percent| format!("cpu {percent:.1} %")));
        words.extend(kernel.metric("mem").map(|bytes| format!("memory {}", text::bytes(bytes))));
    }
    words.extend(kernel.metric("cpu_used").map(|msec| format!("cpu time {}", text::processor_time(msec))));
    words.extend(kernel.metric("io_read").map(|bytes| format!("read {}", text::bytes(bytes))));
    words.extend(kernel.metric("io_write").map(|bytes| format!("written {}", text::bytes(bytes))));
    (!words.is_empty()).then(|| words.join(", "))
}

/// The short name of an image, safe to print.
pub(super) fn short_image(image: &str) -> String {
    clean(human::image_short_name(image))
}
