//! `rollcall admin preset`.

use rollcall_client::admin::{Admin, Preset};
use serde_json::json;

use super::answer::{agreed, done, nothing_typed, removed};
use super::show::{self, Shown, bytes, slots};
use super::values::{self, SlotOptions};
use super::{HowToRemove, missing, no_switch, refused};
use crate::cli::failure::Failure;
use crate::cli::table::{Cell, Head};
use crate::cli::text::clean;

/// What to do with presets.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PresetCommand {
    /// List presets
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a preset
    Show {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a preset
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        size: Size,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change a preset
    Change {
        /// Its name
        name: String,
        #[command(flatten)]
        size: Size,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Presets have no switch; tells what to do instead
    #[command(hide = true)]
    Disable {
        /// Its name
        name: String,
    },
    /// Presets have no switch; tells what to do instead
    #[command(hide = true)]
    Enable {
        /// Its name
        name: String,
    },
    /// Remove a preset for good
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        how: HowToRemove,
    },
}

/// A size of session.
#[derive(Debug, clap::Args)]
pub(crate) struct Size {
    #[command(flatten)]
    slots: SlotOptions,
    /// Shared memory, such as 64m, or `none`
    #[arg(long, value_name = "SIZE", value_parser = values::size_or_none)]
    shared_memory: Option<i64>,
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: PresetCommand) -> Result<(), Failure> {
    match command {
        PresetCommand::List { json } => {
            let mut presets = admin.presets().await.map_err(refused)?;
            presets.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&presets, json)
        }
        PresetCommand::Show { name, json } => show::one(&find(admin, &name).await?, json),
        PresetCommand::Add { name, size, json } => {
            let slots = size.slots.over(None)?.ok_or_else(|| {
                Failure::usage("a preset needs a size").next("Give at least --cpu and --mem, such as --cpu 2 --mem 4g.")
            })?;
            admin.create_preset(&name, &slots, size.shared_memory.filter(|bytes| *bytes > 0)).await.map_err(refused)?;
            done(json, &format!("preset {} added", clean(&name)), find(admin, &name)).await
        }
        PresetCommand::Change { name, size, json } => {
            if size.slots.is_empty() && size.shared_memory.is_none() {
                return Err(nothing_typed("preset"));
            }
            let before = find(admin, &name).await?;
            let slots = size.slots.over(before.resource_slots.as_ref())?;
            admin.change_preset(&name, slots.as_ref(), size.shared_memory).await.map_err(refused)?;
            done(json, &format!("preset {} changed", clean(&name)), find(admin, &name)).await
        }
        PresetCommand::Disable { name } | PresetCommand::Enable { name } => Err(no_switch(
            "preset",
            &format!("To offer it no more, remove it: `rollcall admin preset remove {}`.", clean(&name)),
        )),
        PresetCommand::Remove { name, how } => {
            find(admin, &name).await?;
            let shown = format!("preset {}", clean(&name));
            if !agreed(how.yes, &shown)? {
                return Ok(());
            }
            admin.delete_preset(&name).await.map_err(refused)?;
            removed(how.json, "preset", &name, &format!("{shown} removed"), json!({}))
        }
    }
}

async fn find(admin: Admin<'_>, name: &str) -> Result<Preset, Failure> {
    admin.preset(name).await.map_err(refused)?.ok_or_else(|| missing("preset", name))
}

impl Shown for Preset {
    const HEADS: &'static [Head] = &[
        Head { id: "name", header: "NAME" },
        Head { id: "slots", header: "SLOTS" },
        Head { id: "mem", header: "SHARED MEMORY" },
    ];
    const NONE: &'static str = "No presets.";

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(clean(&self.name)),
            Cell::text(slots(self.resource_slots.as_ref())),
            Cell::number(bytes(self.shared_memory)),
        ]
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", clean(&self.name)),
            ("slots", slots(self.resource_slots.as_ref())),
            ("shared memory", bytes(self.shared_memory)),
        ]
    }
}
