//! What the walk over fields finds: something to tell in every field, and what belongs to a domain with a
//! marker of its own in every text.

use serde_json::{Value, json};

use crate::world::World;

/// A mutation of the superadmin, which must succeed.
pub(super) async fn change(world: &World, text: String) -> Value {
    let answer = world.gql("ROOT", &format!("mutation {{ {text} }}"), json!({})).await;
    let field = text.split('(').next().unwrap();
    let done = answer.json()["data"][field].clone();
    assert_eq!(done["ok"], true, "{text}: {}", answer.text);
    done
}

/// Policies that the people of the walk hold, and one that nobody does.
pub(super) async fn policies(world: &World) {
    for name in ["of-second", "nobodys"] {
        change(
            world,
            format!(
                "create_keypair_resource_policy(name: \"{name}\", props: {{default_for_unspecified: \"UNLIMITED\", \
                 total_resource_slots: \"{{}}\", max_concurrent_sessions: 30, max_containers_per_session: 1, \
                 idle_timeout: 0, max_vfolder_count: 0, max_vfolder_size: 0}}) {{ ok msg }}"
            ),
        )
        .await;
    }
    world
        .sql(
            "UPDATE policies SET total_resource_slots = '{\"cpu\": \"1000\"}', allowed_vfolder_hosts = '[\"local\"]', \
             max_session_lifetime = 7200, max_extension = 1800, idle_timeout = 3600",
        )
        .await;
}

/// Gives every field something to tell, and what belongs to a domain its marker.
pub(super) async fn equip(world: &World) {
    for statement in [
        "UPDATE domains SET total_resource_slots = '{\"cpu\": \"1000\"}'",
        "UPDATE domains SET description = 'near-text', integration_id = 'near-id', \
         allowed_vfolder_hosts = '[\"near-host\"]' WHERE name = 'default'",
        "UPDATE domains SET description = 'far-text', integration_id = 'far-id', \
         allowed_vfolder_hosts = '[\"far-host\"]', allowed_registries = '[\"far-registry\"]' WHERE name = 'other'",
        "UPDATE projects SET total_resource_slots = '{\"cpu\": \"1000\"}'",
        "UPDATE projects SET description = 'near-text', integration_id = 'near-id', \
         allowed_vfolder_hosts = '[\"near-host\"]' WHERE domain_name = 'default'",
        "UPDATE projects SET description = 'far-text', integration_id = 'far-id', \
         allowed_vfolder_hosts = '[\"far-host\"]' WHERE domain_name = 'other'",
        "UPDATE users SET description = 'near-text', status_info = 'near-info' WHERE domain_name = 'default'",
        "UPDATE users SET description = 'far-text', status_info = 'far-info' WHERE domain_name = 'other'",
        "UPDATE keypairs SET ssh_public_key = 'ssh-rsa near-key' \
         WHERE user_id IN (SELECT id FROM users WHERE domain_name = 'default')",
        "UPDATE keypairs SET ssh_public_key = 'ssh-rsa far-key' \
         WHERE user_id IN (SELECT id FROM users WHERE domain_name = 'other')",
        "UPDATE sessions SET service_ports = '[{\"name\": \"near-port\"}]' WHERE domain_name = 'default'",
        "UPDATE sessions SET service_ports = '[{\"name\": \"far-port\"}]' WHERE domain_name = 'other'",
        "INSERT INTO presets (name, resource_slots, shared_memory) VALUES ('small', '{\"cpu\": \"1\"}', 64)",
        "UPDATE resource_groups SET description = 'All there is', wsproxy_addr = 'http://127.0.0.1:5050', \
         driver_opts = '{\"a\": 1}'",
        "INSERT INTO resource_group_projects (resource_group, project_id) SELECT 'default', id FROM projects",
        "INSERT INTO resource_group_keypairs (resource_group, access_key) SELECT 'default', access_key FROM keypairs",
    ] {
        world.sql(statement).await;
    }
}
