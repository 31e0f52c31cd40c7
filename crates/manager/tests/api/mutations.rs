//! Every mutation as every role: a readable table, and a companion that fails when one is missing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

/// Mutations of another subject, each with its own table elsewhere.
const ELSEWHERE: [&str; 0] = [];

/// Whoever may not comes first, so that those who may leave the world as the others expect it.
fn callers() -> impl Iterator<Item = &'static str> {
    let all = || PEOPLE.iter().filter(|(key, ..)| *key != "SLOW").map(|(key, ..)| *key);
    all().filter(|key| *key != "ROOT").chain(["ROOT"])
}

/// The name and what is asked for; `$ME` is another word for each caller. `…` is another target of the
/// mutation above.
fn mutations(world: &World) -> Vec<(&'static str, String)> {
    let [own, far] = world.groups;
    let nobody = "00000000-0000-0000-0000-000000000000";
    let user = r#"username: "", password: "long enough", need_password_change: false"#;
    let group = |domain: &str| format!("domain_name: \"{domain}\", total_resource_slots: \"{{}}\"");
    let policy = r#"default_for_unspecified: "UNLIMITED", total_resource_slots: "{}", max_concurrent_sessions: 1,
        max_containers_per_session: 1, idle_timeout: 0, max_vfolder_count: 0, max_vfolder_size: 0"#;
    let text = str::to_owned;
    vec![
        (
            "create_user",
            format!("create_user(email: \"$ME@new.example\", props: {{{user}, domain_name: \"default\"}})"),
        ),
        (
            "… admin",
            format!(
                "create_user(email: \"$ME@admin.example\", props: {{{user}, domain_name: \"default\", role: \"admin\"}})"
            ),
        ),
        ("modify_user", text(r#"modify_user(email: "user@example.com", props: {role: "user", full_name: "By $ME"})"#)),
        ("… oneself up", text(r#"modify_user(email: "$ME@example.com", props: {role: "superadmin"})"#)),
        ("… far", text(r#"modify_user(email: "far-user@example.com", props: {full_name: "By $ME"})"#)),
        ("… unknown", text(r#"modify_user(email: "nobody@example.com", props: {full_name: "By $ME"})"#)),
        (
            "create_keypair",
            text(
                r#"create_keypair(user_id: "user@example.com", props: {resource_policy: "default", rate_limit: 9, is_admin: true})"#,
            ),
        ),
        (
            "… unknown",
            text(
                r#"create_keypair(user_id: "nobody@example.com", props: {resource_policy: "default", rate_limit: 9})"#,
            ),
        ),
        ("modify_keypair", text(r#"modify_keypair(access_key: "USER", props: {rate_limit: 10000})"#)),
        ("… unknown", text(r#"modify_keypair(access_key: "NOBODY", props: {rate_limit: 10000})"#)),
        ("create_group", format!("create_group(name: \"$ME\", props: {{{}}})", group("default"))),
        ("… far", format!("create_group(name: \"$ME\", props: {{{}}})", group("other"))),
        ("… unknown domain", format!("create_group(name: \"$ME\", props: {{{}}})", group("nowhere"))),
        ("modify_group", format!("modify_group(gid: \"{own}\", props: {{description: \"By $ME\"}})")),
        ("… far", format!("modify_group(gid: \"{far}\", props: {{description: \"By $ME\"}})")),
        ("… unknown", format!("modify_group(gid: \"{nobody}\", props: {{description: \"By $ME\"}})")),
        ("… to far", format!("modify_group(gid: \"{own}\", props: {{domain_name: \"nowhere\"}})")),
        ("delete_group", format!("delete_group(gid: \"{own}\")")),
        ("… far", format!("delete_group(gid: \"{far}\")")),
        ("… unknown", format!("delete_group(gid: \"{nobody}\")")),
        ("create_domain", text(r#"create_domain(name: "$ME", props: {})"#)),
        ("modify_domain", text(r#"modify_domain(name: "other", props: {description: "By $ME"})"#)),
        ("… own", text(r#"modify_domain(name: "default", props: {description: "By $ME"})"#)),
        ("… unknown", text(r#"modify_domain(name: "nowhere", props: {description: "By $ME"})"#)),
        ("delete_domain", text(r#"delete_domain(name: "root")"#)),
        ("… the last superadmin's", text(r#"delete_domain(name: "default")"#)),
        ("purge_domain", text(r#"purge_domain(name: "root")"#)),
        ("… with people", text(r#"purge_domain(name: "other")"#)),
        (
            "create_keypair_resource_policy",
            format!("create_keypair_resource_policy(name: \"$ME\", props: {{{policy}}})"),
        ),
        (
            "modify_keypair_resource_policy",
            text(r#"modify_keypair_resource_policy(name: "root", props: {idle_timeout: 5})"#),
        ),
        ("delete_keypair_resource_policy", text(r#"delete_keypair_resource_policy(name: "root")"#)),
        ("… in use", text(r#"delete_keypair_resource_policy(name: "default")"#)),
        (
            "create_resource_preset",
            text(
                r#"create_resource_preset(name: "$ME", props: {resource_slots: "{\"cpu\": 1, \"mem\": \"1g\"}", shared_memory: "64m"})"#,
            ),
        ),
        ("modify_resource_preset", text(r#"modify_resource_preset(name: "root", props: {shared_memory: "32m"})"#)),
        ("delete_resource_preset", text(r#"delete_resource_preset(name: "root")"#)),
        (
            "create_scaling_group",
            text(r#"create_scaling_group(name: "$ME", props: {driver: "static", scheduler: "fifo"})"#),
        ),
        ("modify_scaling_group", text(r#"modify_scaling_group(name: "root", props: {scheduler: "lifo"})"#)),
        (
            "associate_scaling_group_with_domain",
            text(r#"associate_scaling_group_with_domain(scaling_group: "root", domain: "default")"#),
        ),
        (
            "associate_scaling_group_with_user_group",
            format!("associate_scaling_group_with_user_group(scaling_group: \"root\", user_group: \"{own}\")"),
        ),
        (
            "associate_scaling_group_with_keypair",
            text(r#"associate_scaling_group_with_keypair(scaling_group: "root", access_key: "USER")"#),
        ),
        (
            "disassociate_scaling_group_with_domain",
            text(r#"disassociate_scaling_group_with_domain(scaling_group: "root", domain: "default")"#),
        ),
        (
            "disassociate_scaling_group_with_user_group",
            format!("disassociate_scaling_group_with_user_group(scaling_group: \"root\", user_group: \"{own}\")"),
        ),
        (
            "disassociate_scaling_group_with_keypair",
            text(r#"disassociate_scaling_group_with_keypair(scaling_group: "root", access_key: "USER")"#),
        ),
        (
            "disassociate_all_scaling_groups_with_domain",
            text(r#"disassociate_all_scaling_groups_with_domain(domain: "other")"#),
        ),
        (
            "disassociate_all_scaling_groups_with_group",
            format!("disassociate_all_scaling_groups_with_group(user_group: \"{own}\")"),
        ),
        ("delete_scaling_group", text(r#"delete_scaling_group(name: "root")"#)),
        ("… with agents", text(r#"delete_scaling_group(name: "default")"#)),
        ("modify_agent", text(r#"modify_agent(id: "i-test", props: {schedulable: true})"#)),
        ("… unknown", text(r#"modify_agent(id: "nowhere", props: {schedulable: true})"#)),
        ("rescan_images", text("rescan_images")),
        ("… of a registry", text(r#"rescan_images(registry: "local.rollcall")"#)),
        ("… unknown", text(r#"rescan_images(registry: "nowhere")"#)),
        ("preload_image", text(r#"preload_image(references: ["sh"], target_agents: ["i-test"])"#)),
        ("unload_image", text(r#"unload_image(references: ["sh"], target_agents: ["i-test"])"#)),
        ("alias_image", text(r#"alias_image(alias: "shell", target: "sh")"#)),
        ("… unknown", text(r#"alias_image(alias: "none", target: "nowhere")"#)),
        ("… no alias", text(r#"alias_image(alias: "a b", target: "sh")"#)),
        ("dealias_image", text(r#"dealias_image(alias: "shell")"#)),
        ("… unknown", text(r#"dealias_image(alias: "shell")"#)),
        ("forget_image", text(r#"forget_image(reference: "sh")"#)),
        ("… unknown", text(r#"forget_image(reference: "sh")"#)),
        ("purge_group", format!("purge_group(gid: \"{own}\")")),
        ("… far", format!("purge_group(gid: \"{far}\")")),
        ("… unknown", format!("purge_group(gid: \"{nobody}\")")),
        ("delete_keypair", text(r#"delete_keypair(access_key: "MONITOR")"#)),
        ("… the last superadmin's", text(r#"delete_keypair(access_key: "ROOT")"#)),
        ("delete_user", text(r#"delete_user(email: "neighbour@example.com")"#)),
        ("… far", text(r#"delete_user(email: "far-user@example.com")"#)),
        ("purge_user", text(r#"purge_user(email: "neighbour@example.com", props: {})"#)),
        ("… unknown", text(r#"purge_user(email: "nobody@example.com", props: {})"#)),
    ]
}

#[tokio::test]
async fn every_mutation_by_role() {
    let world = World::new().await;
    let mutations = mutations(&world);
    let mut table = String::new();
    for (name, mutation) in &mutations {
        let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
        for caller in callers() {
            let mutation = mutation.replace("$ME", &caller.to_lowercase());
            let query = format!("mutation {{ {mutation} {{ ok msg }} }}");
            let answer = world.gql(caller, &query, json!({})).await;
            // Whose key or account is gone by now is nobody.
            let told = if answer.status.is_success() { told(&answer.json()) } else { answer.told() };
            match answers.iter_mut().find(|(known, _)| *known == told) {
                Some((_, callers)) => callers.push(caller),
                None => answers.push((told, vec![caller])),
            }
        }
        table.push_str(&format!("{name}\n"));
        for (told, callers) in answers {
            table.push_str(&format!("    {}: {told}\n", callers.join(" ")));
        }
    }
    insta::assert_snapshot!(table);

    let introspection = "{ __schema { mutationType { name fields { name } } } }";
    let answer = world.gql("ROOT", introspection, json!({})).await.json();
    let root = &answer["data"]["__schema"]["mutationType"];
    assert_eq!(root["name"], "Mutations");
    let known: BTreeSet<&str> =
        root["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
    let walked: BTreeSet<&str> =
        mutations.iter().map(|(name, _)| *name).filter(|name| !name.starts_with('…')).chain(ELSEWHERE).collect();
    assert_eq!(walked, known, "a mutation is missing in the table");
}

/// `ok` and `msg`, or the error.
pub(crate) fn told(answer: &Value) -> String {
    if let Some(errors) = answer.get("errors") {
        return format!("error: {}", errors[0]["message"].as_str().unwrap());
    }
    let done = answer["data"].as_object().unwrap().values().next().unwrap();
    let msg = done["msg"].as_str().unwrap().replace('\n', "\\n");
    if done["ok"] == true { format!("ok: {msg}") } else { format!("refused: {msg}") }
}
