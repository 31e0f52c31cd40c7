//! `rollcall run`: starts a session and shows its way to RUNNING.

use std::io::Write as _;
use std::time::{Duration, Instant};

use rollcall_client::sessions::CreateOptions;
use rollcall_client::{Client, ImageRow, SessionRow};
use rollcall_model::human::image_short_name;
use rollcall_model::ids::SessionId;
use rollcall_model::session::ClusterMode;

use super::connect::connect;
use super::failure::Failure;
use super::info;
use super::text::{self, clean};
use crate::out;

/// Arguments of `rollcall run`.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArguments {
    /// Image: its full or short name or an alias; the first one installed unless given
    image: Option<String>,
    /// Name: 4 to 64 letters, digits, `_`, `-`, `.`; made up unless given
    #[arg(long)]
    name: Option<String>,
    /// Processor cores; the image's least unless given
    #[arg(long, value_name = "CORES")]
    cpu: Option<String>,
    /// Memory, such as 512m or 2g; the image's least unless given
    #[arg(long, value_name = "SIZE")]
    mem: Option<String>,
    /// A variable of its environment
    #[arg(long, short = 'e', value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Project
    #[arg(long)]
    group: Option<String>,
    /// Resource group; the first one allowed unless given
    #[arg(long)]
    resource_group: Option<String>,
    /// Run this command, and end with it
    #[arg(long, value_name = "COMMAND")]
    batch: Option<String>,
    /// Wait until it runs (this is the default)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Don't wait until it runs
    #[arg(long)]
    no_wait: bool,
    /// For this access key (administrators)
    #[arg(long, value_name = "KEY")]
    owner: Option<String>,
}

/// Starts a session.
pub(super) async fn run(profile: Option<&str>, arguments: RunArguments) -> Result<(), Failure> {
    if let Some(name) = &arguments.name {
        check_name(name)?;
    }
    let connection = connect(profile)?;
    let client = &connection.client;
    let environ = arguments.env.iter().map(|pair| variable(pair)).collect::<Result<Vec<_>, _>>()?;
    let image = choose_image(client, arguments.image.as_deref()).await?;
    let slots = [("cpu", &arguments.cpu), ("mem", &arguments.mem)];
    let options = CreateOptions {
        name: arguments.name.clone().unwrap_or_else(|| made_up_name(&image)),
        image,
        batch_command: arguments.batch.clone(),
        group: arguments.group.clone().unwrap_or_else(|| connection.profile.group.clone()),
        resource_group: arguments.resource_group.clone(),
        resources: slots.into_iter().filter_map(|(name, amount)| Some((name.to_owned(), amount.clone()?))).collect(),
        shared_memory: None,
        cluster_size: 1,
        cluster_mode: ClusterMode::SingleNode,
        starts_at: None,
        environ,
        tag: None,
        bootstrap_script: None,
        mounts: Vec::new(),
        owner: arguments.owner.clone(),
        wait: None,
        // A second session of a name is a mistake worth hearing of.
        reuse: false,
    };
    let started = Instant::now();
    let created = match client.sessions().create(&options).await {
        Ok(created) => created,
        Err(error) => return Err(explained(client, error).await),
    };
    if arguments.no_wait {
        out::note(format_args!("{} is queued; `rollcall info {}` tells more.", options.name, options.name));
    } else {
        watch(client, created.id, &options.name, started).await?;
    }
    out::line(created.id);
    Ok(())
}

/// Shows each status until it runs or is over. An interrupt leaves the session as it is.
async fn watch(client: &Client, id: SessionId, name: &str, started: Instant) -> Result<(), Failure> {
    let mut progress = Progress::begin(name);
    let sessions = client.sessions();
    let row = tokio::select! {
        row = sessions.wait(id, |row| {
            progress.show(row);
            row.is_dead() || matches!(row.status.as_deref(), Some("RUNNING" | "ERROR"))
        }) => row,
        _ = tokio::signal::ctrl_c() => {
            progress.end("");
            out::note(format_args!("{name} goes on without you: `rollcall info {name}`, `rollcall rm {name}`."));
            std::process::exit(130);
        }
    };
    let row = row.inspect_err(|_| progress.end(""))?;
    progress.end(&format!(" ({})", seconds(started.elapsed())));
    outcome(&row, name)
}

/// Running is success, and so is a batch command that came to a good end meanwhile.
fn outcome(row: &SessionRow, name: &str) -> Result<(), Failure> {
    match (row.status.as_deref(), row.result.as_deref()) {
        (Some("RUNNING"), _) | (Some("TERMINATED"), Some("SUCCESS")) => Ok(()),
        (status, _) => {
            let (word, _) = text::status(status.unwrap_or_default());
            let mut message = format!("{name} {word}");
            for why in std::iter::once(super::cells::reason(row)).chain(info::explanations(row)) {
                message.push_str(&format!("; {why}"));
            }
            Err(Failure::new(message).next(format!(
                "See what it printed: `rollcall logs {}`.",
                row.any_id().map(|id| id.to_string()).unwrap_or_default()
            )))
        }
    }
}

/// One line that grows: `mine: waiting → preparing → running`.
struct Progress {
    last: String,
    waits_for: String,
}

impl Progress {
    fn begin(name: &str) -> Self {
        write(&format!("{}: ", clean(name)));
        Self { last: String::new(), waits_for: String::new() }
    }

    fn show(&mut self, row: &SessionRow) {
        let (word, _) = text::status(row.status.as_deref().unwrap_or_default());
        if word != self.last {
            let arrow = if self.last.is_empty() { "" } else { " → " };
            write(&format!("{arrow}{word}"));
            self.last = word;
        }
        if row.status.as_deref() == Some("PENDING") {
            self.show_reason(row);
        }
    }

    fn show_reason(&mut self, row: &SessionRow) {
        let reason = match super::cells::reason(row).as_str() {
            "-" => return,
            reason => std::iter::once(reason.to_owned()).chain(info::explanations(row)).collect::<Vec<_>>().join(": "),
        };
        if reason != self.waits_for {
            write(&format!(" ({reason})"));
            self.waits_for = reason;
        }
    }

    fn end(&self, text: &str) {
        write(&format!("{text}\n"));
    }
}

fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nothing can be told when standard error itself is gone.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn variable(pair: &str) -> Result<(String, String), Failure> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Failure::usage(format!("`{pair}` is no variable")).next("Write it as NAME=VALUE.")),
    }
}

/// What was typed as the server knows it. What it does not know is left for the server to judge:
/// it may take names it does not list.
async fn choose_image(client: &Client, typed: Option<&str>) -> Result<String, Failure> {
    let images = client.images().await?;
    match typed {
        Some(typed) => Ok(matching(&images, typed).map_or_else(|| typed.to_owned(), ImageRow::canonical)),
        None => {
            let first = images.iter().find(|image| image.installed == Some(true)).or(images.first());
            let image = first
                .map(ImageRow::canonical)
                .ok_or_else(|| Failure::new("this server offers no image").next("Ask its administrator to add one."))?;
            out::note(format_args!("image {} (name another one to choose)", clean(&image)));
            Ok(image)
        }
    }
}

/// By full name, then alias, then short name, then short name without the tag when that is one
/// image alone.
fn matching<'a>(images: &'a [ImageRow], typed: &str) -> Option<&'a ImageRow> {
    let short = |image: &ImageRow| image_short_name(&image.canonical()).to_owned();
    let untagged = |image: &ImageRow| short(image).split(':').next().unwrap_or_default().to_owned();
    let only = |found: Vec<&'a ImageRow>| (found.len() == 1).then(|| found[0]);
    images
        .iter()
        .find(|image| image.canonical() == typed)
        .or_else(|| images.iter().find(|image| image.aliases.iter().any(|alias| alias == typed)))
        .or_else(|| only(images.iter().filter(|image| short(image) == typed).collect()))
        .or_else(|| only(images.iter().filter(|image| untagged(image) == typed).collect()))
}

/// An unknown image is answered with the known ones.
async fn explained(client: &Client, error: rollcall_client::Error) -> Failure {
    if error.slug() != Some("image-not-found") {
        return error.into();
    }
    let known = client.images().await.unwrap_or_default();
    let names: Vec<_> = known.iter().map(|image| format!("  {}", info::short_image(&image.canonical()))).collect();
    Failure::from(error).next(format!("These can be used:\n{}", names.join("\n")))
}

/// The server says of a wrong name only the pattern that it does not match.
fn check_name(name: &str) -> Result<(), Failure> {
    rollcall_wire::session::check_name(name).map_err(|_| {
        Failure::usage(format!("`{}` is no name for a session", clean(name)))
            .next("Give 4 to 64 letters, digits, `_`, `-` or `.`, with a letter, digit or `_` at both ends.")
    })
}

/// `python-3f9a2c`.
fn made_up_name(image: &str) -> String {
    let kind: String = image_short_name(image)
        .split(':')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|character| character.is_ascii_alphanumeric())
        .take(30)
        .collect();
    let kind = if kind.is_empty() { "session".to_owned() } else { kind };
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{kind}-{}", &random[..6])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn image(name: &str, tag: &str, aliases: &[&str]) -> ImageRow {
        ImageRow {
            name: name.into(),
            tag: tag.into(),
            registry: "local.rollcall".into(),
            installed: Some(true),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            resource_limits: Vec::new(),
        }
    }

    #[test]
    fn images_by_every_name() {
        let images = [
            image("stable/python", "3.11", &["py"]),
            image("stable/python", "3.9", &[]),
            image("stable/bash", "5", &[]),
        ];
        let found = |typed: &str| matching(&images, typed).map(|image| format!("{}:{}", image.name, image.tag));
        assert_eq!(found("local.rollcall/stable/python:3.9").as_deref(), Some("stable/python:3.9"));
        assert_eq!(found("py").as_deref(), Some("stable/python:3.11"));
        assert_eq!(found("python:3.9").as_deref(), Some("stable/python:3.9"));
        assert_eq!(found("bash").as_deref(), Some("stable/bash:5"));
        assert_eq!(found("python"), None);
        assert_eq!(found("ruby"), None);
    }

    #[test]
    fn made_up_names_are_allowed_ones() {
        for image in ["local.rollcall/stable/python:3.11", "x/😀:1", ""] {
            let name = made_up_name(image);
            assert!((4..=64).contains(&name.len()) && name.is_ascii(), "{name}");
        }
    }

    #[test]
    fn names_are_told_apart_before_the_server_is_asked() {
        for good in ["abcd", "a-.b", "_a1_", &"x".repeat(64)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "abc", "-abc", "abc.", "ab cd", "ab/cd", "ab\ncd", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables_need_a_name() {
        assert_eq!(variable("A=b=c").unwrap(), ("A".into(), "b=c".into()));
        assert!(variable("=b").is_err() && variable("A").is_err());
    }
}
