//! `rollcall admin preset`.

use rollcall_client::admin::{Admin, Preset};

use super::show::{self, Shown, bytes, slots};
use super::{missing, refused};
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
}

/// Does it.
pub(super) async fn run(admin: Admin<'_>, command: PresetCommand) -> Result<(), Failure> {
    match command {
        PresetCommand::List { json } => {
            let mut presets = admin.presets().await.map_err(refused)?;
            presets.sort_by(|one, other| one.name.cmp(&other.name));
            show::list(&presets, json)
        }
        PresetCommand::Show { name, json } => {
            let found = admin.preset(&name).await.map_err(refused)?;
            show::one(&found.ok_or_else(|| missing("preset", &name))?, json)
        }
    }
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
