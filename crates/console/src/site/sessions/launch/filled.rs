//! What the form holds, and what it asks for.

use std::collections::BTreeMap;

use rollcall_client::sessions::CreateOptions;
use rollcall_client::v1::Detail;
use rollcall_model::session::ClusterMode;
use serde_json::Value;

use super::Wrong;
use crate::look::times;
use crate::site::asked::Pairs;
use crate::site::sessions::row::{GIB, amount};
use crate::site::visitor::Visitor;

/// The fields, besides those of devices.
pub(super) const FIELDS: [&str; 16] = [
    "name",
    "image",
    "project",
    "group",
    "cpu",
    "mem",
    "shmem",
    "environ",
    "command",
    "starts",
    "starts_at",
    "cluster",
    "cluster_mode",
    "tag",
    "bootstrap",
    "mounts",
];

/// What the names of fields of devices begin with; the slot follows.
const DEVICE: &str = "slot-";

/// What the form holds, as texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled(BTreeMap<String, String>);

impl Filled {
    /// As somebody sent it.
    pub(super) fn sent(asked: &Pairs) -> Self {
        let mut filled = Self::default();
        filled.over(asked);
        filled
    }

    /// With what is asked for in place of what it held.
    pub(super) fn over(&mut self, asked: &Pairs) {
        for (name, text) in asked.iter() {
            if FIELDS.contains(&name) || name.starts_with(DEVICE) {
                self.set(name, text);
            }
        }
    }

    /// Like a session that there is.
    pub(super) fn like(detail: &Detail) -> Self {
        let row = &detail.session;
        let mut filled = Self::default();
        filled.set("image", &row.image);
        filled.set("project", &row.group_name);
        filled.set("group", row.scaling_group.clone().unwrap_or_default());
        // Those of each container, where the row has the sum.
        let slots = row.containers.first().map_or(&row.slots, |container| &container.slots);
        filled.set("cpu", amount(slots.cpu));
        // All digits, so that it comes to the same bytes.
        filled.set("mem", format!("{:.6}", slots.mem / GIB).trim_end_matches('0').trim_end_matches('.'));
        for (slot, number) in slots.other.iter().filter(|(_, number)| **number > 0.0) {
            filled.set(&device_field(slot), amount(*number));
        }
        filled.set("shmem", size(&row.resource_opts["shmem"]));
        filled.set("command", row.startup_command.clone().unwrap_or_default());
        filled.set("cluster", row.cluster_size.to_string());
        filled.set("cluster_mode", &row.cluster_mode);
        filled.set("tag", row.tag.clone().unwrap_or_default());
        filled.set("mounts", row.mounts.join(" "));
        let environ = detail.environ.iter().flatten().map(|(name, value)| format!("{name}={value}"));
        filled.set("environ", environ.collect::<Vec<_>>().join("\n"));
        filled
    }

    /// The text of a field, as it was given.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Fills a field.
    pub(super) fn set(&mut self, name: &str, text: impl Into<String>) {
        self.0.insert(name.to_owned(), text.into());
    }

    /// The text of a field, trimmed; `None` where there is none.
    fn text(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty())
    }

    /// Every slot of devices that a field is for.
    pub(super) fn devices(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|name| name.strip_prefix(DEVICE))
    }

    /// What is to be started, or every field that is not understood.
    pub(super) fn options(&self, visitor: &Visitor) -> Result<CreateOptions, Wrong> {
        let language = visitor.taste.language;
        let mut wrong = Wrong::new();
        let environ = environ(self.get("environ")).unwrap_or_else(|line| {
            wrong.insert("environ", language.with("launch-environ-wrong", [("line", line)]));
            Vec::new()
        });
        let resources = self.resources().unwrap_or_else(|()| {
            wrong.insert("mem", language.t("not-a-number"));
            Vec::new()
        });
        let cluster_size = self.text("cluster").map_or(Ok(1), str::parse).unwrap_or_else(|_| {
            wrong.insert("cluster", language.t("not-a-number"));
            1
        });
        let starts_at = self.starts_at(visitor.taste.offset).unwrap_or_else(|()| {
            wrong.insert("starts", language.t("not-a-moment"));
            None
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let owned = |name: &str| self.text(name).map(str::to_owned);
        let image = owned("image").unwrap_or_default();
        Ok(CreateOptions {
            name: owned("name").unwrap_or_else(|| made_up(&image)),
            image,
            batch_command: owned("command"),
            group: owned("project").unwrap_or_else(|| "default".to_owned()),
            resource_group: owned("group"),
            resources,
            shared_memory: owned("shmem"),
            cluster_size,
            cluster_mode: match self.get("cluster_mode") == ClusterMode::MultiNode.as_str() {
                true => ClusterMode::MultiNode,
                false => ClusterMode::SingleNode,
            },
            starts_at,
            environ,
            tag: owned("tag"),
            // Browsers send lines as the web does, and a shell takes a carriage return for a letter.
            bootstrap_script: owned("bootstrap").map(|script| script.replace("\r\n", "\n")),
            mounts: self.get("mounts").split_whitespace().map(str::to_owned).collect(),
            owner: None,
            wait: None,
            // A second session of a name is a mistake worth hearing of.
            reuse: false,
        })
    }

    /// Slots; the memory in bytes.
    fn resources(&self) -> Result<Vec<(String, String)>, ()> {
        let mut resources = Vec::new();
        if let Some(cpu) = self.text("cpu") {
            resources.push(("cpu".to_owned(), cpu.to_owned()));
        }
        if let Some(mem) = self.text("mem") {
            let gib = mem.parse::<f64>().ok().filter(|gib| gib.is_finite() && *gib > 0.0).ok_or(())?;
            resources.push(("mem".to_owned(), format!("{:.0}", gib * GIB)));
        }
        let devices = self.devices().filter_map(|slot| Some((slot, self.text(&device_field(slot))?)));
        resources.extend(
            devices.filter(|(_, number)| *number != "0").map(|(slot, number)| (slot.to_owned(), number.to_owned())),
        );
        Ok(resources)
    }

    /// When it starts. The page's script tells the exact moment; without it, the time is one of the viewer's zone.
    fn starts_at(&self, offset: i32) -> Result<Option<String>, ()> {
        let Some(local) = self.text("starts") else { return Ok(None) };
        match self.text("starts_at") {
            Some(exact) => times::is_moment(exact).then(|| Some(exact.to_owned())).ok_or(()),
            None => times::moment_in(local, offset).map(Some).ok_or(()),
        }
    }
}

/// The name of the field for a slot of devices.
pub(super) fn device_field(slot: &str) -> String {
    format!("{DEVICE}{slot}")
}

/// Bytes, told as text or as a number, in the largest unit that tells them whole.
fn size(bytes: &Value) -> String {
    let text =
        bytes.as_str().map_or_else(|| bytes.as_u64().map(|number| number.to_string()), |text| Some(text.to_owned()));
    let Some(text) = text else { return String::new() };
    let Some(number) = text.parse::<u64>().ok().filter(|number| *number > 0) else { return text };
    let whole = [(30, 'g'), (20, 'm'), (10, 'k')].into_iter().find(|(shift, _)| number % (1 << shift) == 0);
    whole.map_or(text, |(shift, unit)| format!("{}{unit}", number >> shift))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

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

    fn filled(form: &str) -> Filled {
        Filled::sent(&Pairs::parse(form.as_bytes()))
    }

    #[test]
    fn every_kind_of_device_is_asked_for() {
        let form = filled("cpu=2&mem=0.5&slot-cuda.shares=0.5&slot-cuda.device=0&slot-tpu.device=1&other=9");
        let asked = form.resources().unwrap();
        let told: Vec<String> = asked.iter().map(|(slot, number)| format!("{slot}={number}")).collect();
        assert_eq!(told, ["cpu=2", "mem=536870912", "cuda.shares=0.5", "tpu.device=1"]);
        assert!(filled("mem=much").resources().is_err());
        assert_eq!(form.get("other"), "");
    }

    #[test]
    fn the_start_is_a_time_of_the_viewers_zone_or_an_exact_moment() {
        let at = |form: &str, offset| filled(form).starts_at(offset);
        let seoul = "2030-01-31T00:30:00+00:00".to_owned();
        assert_eq!(at("starts=2030-01-31T09:30", 540), Ok(Some(seoul)));
        let exact = "2030-01-31T01:30:00.000Z".to_owned();
        assert_eq!(at(&format!("starts=2030-01-31T09:30&starts_at={exact}"), 540), Ok(Some(exact)));
        assert_eq!(at("starts=&starts_at=2030-01-31T01:30:00Z", 540), Ok(None));
        assert_eq!((at("starts=soon", 0), at("starts=soon&starts_at=now", 0)), (Err(()), Err(())));
    }

    #[test]
    fn sizes_are_told_whole() {
        let told = [json!("67108864"), json!(1_073_741_824), json!(1536), json!("1000"), json!("x"), Value::Null];
        assert_eq!(told.each_ref().map(size), ["64m", "1g", "1536", "1000", "x", ""]);
    }
}
