//! That the walk over fields left nothing out, and had something to see wherever it went.

use std::collections::BTreeSet;

use super::super::strangers::{Schema, inner};
use super::asks::page_of;
use super::tables::Tables;

/// There is no storage, so there is nothing to be given.
const NEVER_GIVEN: [&str; 2] = ["StorageVolume", "VirtualFolder"];

/// What tells nothing to anybody: it is always null or empty, or is so in this world.
const NOTHING_TOLD: [&str; 23] = [
    "Agent.hardware_metadata",
    "Agent.local_config",
    "Agent.lost_at",
    "ComputeContainer.preopen_ports",
    "ComputeSession.abusing_reports",
    "ComputeSession.cluster_template",
    "ComputeSession.commit_status",
    "ComputeSession.created_user_email",
    "ComputeSession.created_user_id",
    "ComputeSession.dependencies",
    "ComputeSession.mounts",
    "ComputeSession.vfolder_mounts",
    "Image.supported_accelerators",
    "KeyPair.concurrency_limit",
    "KeyPair.vfolders",
    "LegacyComputeSession.mounts",
    "LegacyComputeSession.net_rx_bytes",
    "LegacyComputeSession.net_tx_bytes",
    "LegacyComputeSession.occupied_shares",
    "ScalingGroup.wsproxy_api_token",
    "StorageVolume",
    "User.allowed_client_ip",
    "VirtualFolder",
];

/// A walk that comes by nothing shows nothing: each query gave something to somebody, each type was given, and
/// each field told something, but for those that are known not to.
pub(super) fn everything_was_seen(schema: &Schema, tables: &Tables, mut walked: BTreeSet<String>) {
    let is_of = |kind: &str, what: &str| {
        let fields = schema.types[kind]["fields"].as_array().into_iter().flatten();
        fields.filter(|field| field["name"] == what).count() == 1
    };
    let mut interfaces = BTreeSet::new();
    for (name, kind) in schema.types.iter().filter(|(name, _)| !name.starts_with("__")) {
        match kind["kind"].as_str().unwrap() {
            "OBJECT" if name == "Queries" || name == "Mutations" => {}
            // What a mutation answers; `mutations.rs` asks for it as everybody.
            "OBJECT" if is_of(name, "ok") && is_of(name, "msg") => {}
            "OBJECT" => assert!(walked.remove(name), "{name} is not walked"),
            "INTERFACE" | "UNION" => {
                interfaces.insert(name.as_str());
            }
            _ => {}
        }
    }
    assert_eq!(walked, BTreeSet::new());
    assert_eq!(interfaces, BTreeSet::from(["Item", "PaginatedList"]), "walk them in `as_page`, too");

    for (_, field) in schema.fields.iter().filter(|(operation, _)| *operation == "query") {
        let (name, of) = (field["name"].as_str().unwrap(), inner(&field["type"])["name"].as_str().unwrap());
        let of = page_of(schema, of).unwrap_or_else(|| of.to_owned());
        let given = tables.is_given(&of, name);
        assert_eq!(given, !NEVER_GIVEN.contains(&of.as_str()), "{name} gives a {of} to somebody: {given}");
    }
    let mut silent = Vec::new();
    for (name, kind) in &schema.types {
        let known = NEVER_GIVEN.contains(&name.as_str());
        if known {
            silent.push(name.clone());
        } else if tables.kinds().contains(name) {
            let fields = kind["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap());
            silent.extend(fields.filter(|field| !tables.tells(name, field)).map(|field| format!("{name}.{field}")));
        }
    }
    silent.sort();
    assert_eq!(silent, NOTHING_TOLD, "fields in which the walk sees nothing");
}
