//! The stories: each runs the commands of one subject in an order in which they make sense.

mod domains;
mod events;
mod groups;
mod images;
mod keypairs;
mod machines;
mod people;
mod policies;
mod resource_groups;
mod scheduling;
mod sessions;
mod templates;
mod usage;

use crate::stage::{Stage, tell};

/// A story on the stage.
pub(crate) type Story = fn(&Stage<'_>);

/// All of them by their names on the card; the longest first.
pub(crate) const ALL: [(&str, Story); 13] = [
    ("sessions", |stage| told("sessions", stage, sessions::story)),
    ("people", |stage| told("people", stage, people::story)),
    ("groups", |stage| told("groups", stage, groups::story)),
    ("resource_groups", |stage| told("resource_groups", stage, resource_groups::story)),
    ("domains", |stage| told("domains", stage, domains::story)),
    ("keypairs", |stage| told("keypairs", stage, keypairs::story)),
    ("policies", |stage| told("policies", stage, policies::story)),
    ("templates", |stage| told("templates", stage, templates::story)),
    ("scheduling", |stage| told("scheduling", stage, scheduling::story)),
    ("usage", |stage| told("usage", stage, usage::story)),
    ("events", |stage| told("events", stage, events::story)),
    ("images", |stage| told("images", stage, images::story)),
    ("machines", |stage| told("machines", stage, machines::story)),
];

fn told(name: &'static str, stage: &Stage<'_>, story: Story) {
    tell(name);
    story(stage);
}
