//! Who may do what to whom: every route and every query of this server, each as everybody. The
//! table is kept as a readable file; a route or query that is missing here fails a test.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use crate::world::{PEOPLE, World};

/// Callers of the tables: all but the one with a small rate.
fn callers() -> impl Iterator<Item = &'static str> {
    PEOPLE.iter().map(|(key, ..)| *key).filter(|key| *key != "SLOW")
}

#[tokio::test]
async fn rest_routes_on_the_sessions_of_others() {
    let world = World::new().await;
    let mut table = String::new();
    for caller in callers() {
        for (owner, name) in [("USER", "of-user"), ("ROOT", "of-root"), ("FAR-USER", "of-far-user")] {
            // What ended in the last round runs again.
            world.session(owner, name).await;
            for (what, method, path) in [
                ("info", Method::GET, ""),
                ("logs", Method::GET, "/logs"),
                ("match", Method::GET, "match"),
                ("rename", Method::POST, "/rename"),
                ("restart", Method::PATCH, ""),
                ("extend", Method::POST, "/extend"),
                ("force", Method::DELETE, "forced"),
                ("destroy", Method::DELETE, ""),
            ] {
                let target = match path {
                    "match" => format!("/session/_/match?id={name}&owner_access_key={owner}"),
                    "/rename" => format!("/session/{name}/rename?name={name}-x&owner_access_key={owner}"),
                    "/extend" => format!("/session/{name}/extend?seconds=1&owner_access_key={owner}"),
                    "forced" => format!("/session/{name}?forced=1&owner_access_key={owner}"),
                    path => format!("/session/{name}{path}?owner_access_key={owner}"),
                };
                let answer = world.call(caller, method.clone(), &target, None).await.told();
                if what == "rename" && answer == "204" {
                    let back = format!("/session/{name}-x/rename?name={name}&owner_access_key={owner}");
                    assert_eq!(world.call(caller, Method::POST, &back, None).await.told(), "204");
                }
                table.push_str(&format!("{caller:10} {what:8} {name:12} {answer}\n"));
                if what == "force" && answer == "200" {
                    world.session(owner, name).await;
                }
            }
            let create = json!({"name": "for-other", "image": "sh", "owner_access_key": owner,
                "domain": if owner == "FAR-USER" { "other" } else { "default" }});
            let answer = world.call(caller, Method::POST, "/session", Some(create)).await;
            table.push_str(&format!("{caller:10} create   for {owner:8} {}\n", answer.told()));
            if answer.status.is_success() {
                let end = format!("/session/for-other?owner_access_key={owner}");
                world.call(caller, Method::DELETE, &end, None).await;
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn every_signed_route_refuses_nobody_and_unknown_owners() {
    let world = World::new().await;
    let mut table = String::new();
    for (method, target) in [
        ("GET", "/auth?echo=a"),
        ("POST", "/auth?echo=a"),
        ("GET", "/auth/test?echo=a"),
        ("POST", "/auth/test?echo=a"),
        ("GET", "/auth/role"),
        ("POST", "/admin/gql"),
        ("POST", "/admin/graphql"),
        ("POST", "/session?owner_access_key=NOBODY"),
        ("POST", "/session/_/create?owner_access_key=NOBODY"),
        ("GET", "/session/_/match?id=a&owner_access_key=NOBODY"),
        ("GET", "/session/a?owner_access_key=NOBODY"),
        ("PATCH", "/session/a?owner_access_key=NOBODY"),
        ("DELETE", "/session/a?owner_access_key=NOBODY"),
        ("POST", "/session/a/rename?owner_access_key=NOBODY"),
        ("POST", "/session/a/extend?owner_access_key=NOBODY"),
        ("GET", "/session/a/logs?owner_access_key=NOBODY"),
    ] {
        let nobody =
            http::Request::builder().method(method).uri(target).header("date", chrono::Utc::now().to_rfc3339());
        let nobody = world.send(nobody.body(axum::body::Body::empty()).unwrap()).await.told();
        assert_eq!(nobody, "401 auth-failed: Unauthorized access", "{method} {target}");
        let known = world.call("ROOT", method.parse().unwrap(), target, None).await;
        table.push_str(&format!("{method:6} {target:48} {}\n", known.told()));
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn roles_in_words() {
    let world = World::new().await;
    let mut table = String::new();
    for caller in callers() {
        let [own, other] = world.groups;
        let answer = world.get(caller, "/auth/role").await.json();
        let joined = world.get(caller, &format!("/auth/role?group={own}")).await.told();
        let foreign = world.get(caller, &format!("/auth/role?group={other}")).await.told();
        table.push_str(&format!("{caller:10} {answer} default: {joined}; other: {foreign}\n"));
    }
    insta::assert_snapshot!(table);
}

/// Each query with a selection that shows what was found.
fn queries(world: &World, user_session: &str, ids: [&str; 2]) -> Vec<(&'static str, String)> {
    let [near, far] = world.groups;
    let [user, far_user] = ids;
    let nowhere = "00000000-0000-4000-8000-000000000000";
    let list = |arguments: &str| {
        format!(
            "compute_session_list(limit: 20, offset: 0, order: \"name\"{arguments}) {{ items {{ name }} total_count }}"
        )
    };
    let people = |arguments: &str| {
        format!("user_list(limit: 20, offset: 0, order: \"email\"{arguments}) {{ items {{ username }} total_count }}")
    };
    let keys = |arguments: &str| {
        format!(
            "keypair_list(limit: 20, offset: 0, order: \"access_key\"{arguments}) {{ items {{ access_key }} total_count }}"
        )
    };
    vec![
        ("compute_session_list", list("")),
        ("… of USER", list(", access_key: \"USER\"")),
        ("… of FAR-USER", list(", access_key: \"FAR-USER\"")),
        ("… of other domain", list(", domain_name: \"other\"")),
        ("… of other's project", list(&format!(", group_id: \"{far}\""))),
        ("… of malformed project", list(", group_id: \"default\"")),
        ("compute_session", format!("compute_session(id: \"{user_session}\") {{ name }}")),
        ("compute_container", format!("compute_container(id: \"{user_session}\") {{ cluster_role }}")),
        (
            "compute_container_list",
            format!(
                "compute_container_list(limit: 9, offset: 0, session_id: \"{user_session}\") {{ items {{ hostname }} total_count }}"
            ),
        ),
        ("keypair", "keypair { access_key secret_key }".into()),
        ("… of USER", "keypair(access_key: \"USER\") { access_key secret_key }".into()),
        ("… of FAR-USER", "keypair(access_key: \"FAR-USER\") { access_key secret_key }".into()),
        ("user", "user { email }".into()),
        ("… USER", "user(email: \"user@example.com\") { email }".into()),
        ("… FAR-USER", "user(email: \"far-user@example.com\") { email }".into()),
        ("user_from_uuid", "user_from_uuid { email }".into()),
        ("… USER", format!("user_from_uuid(user_id: \"{user}\") {{ email }}")),
        ("… FAR-USER", format!("user_from_uuid(user_id: \"{far_user}\") {{ email }}")),
        ("… nobody", format!("user_from_uuid(user_id: \"{nowhere}\") {{ email }}")),
        ("users", "users(status: \"active\") { email }".into()),
        ("… of other domain", "users(domain_name: \"other\") { email }".into()),
        ("… of unknown domain", "users(domain_name: \"none\") { email }".into()),
        ("… of other's project", format!("users(group_id: \"{far}\") {{ email }}")),
        ("… inactive", "users(is_active: false) { email }".into()),
        ("user_list", people("")),
        ("… a page", "user_list(limit: 1, offset: 1, order: \"-username\") { items { username } total_count }".into()),
        ("… of other domain", people(", domain_name: \"other\"")),
        ("… of unknown domain", people(", domain_name: \"none\"")),
        ("… of other's project", people(&format!(", group_id: \"{far}\""))),
        ("… by role", people(", filter: \"role == \\\"ADMIN\\\"\"")),
        ("… inactive", people(", is_active: false")),
        ("… of unknown status", people(", status: \"ACTIVE\"")),
        ("… by password", people(", filter: \"password_hash like \\\"%\\\"\"")),
        ("keypair_list", keys("")),
        ("… of USER", keys(", email: \"user@example.com\"")),
        ("… of FAR-USER", keys(", email: \"far-user@example.com\"")),
        ("… of other domain", keys(", domain_name: \"other\"")),
        ("… in use", keys(", filter: \"concurrency_used > 0\", is_active: true")),
        ("… by secret", keys(", filter: \"secret_key like \\\"%\\\"\"")),
        ("keypairs", "keypairs { access_key secret_key }".into()),
        ("… of USER", "keypairs(email: \"user@example.com\") { access_key }".into()),
        ("… of FAR-USER", "keypairs(email: \"far-user@example.com\") { access_key }".into()),
        ("… of nobody", "keypairs(email: \"nobody@example.com\") { access_key }".into()),
        ("… of other domain", "keypairs(domain_name: \"other\") { access_key }".into()),
        ("domain", "domain { name scaling_groups }".into()),
        ("… other", "domain(name: \"other\") { name }".into()),
        ("… unknown", "domain(name: \"none\") { name }".into()),
        ("domains", "domains { name }".into()),
        ("group", format!("group(id: \"{near}\") {{ name domain_name }}")),
        ("… other's", format!("group(id: \"{far}\") {{ name domain_name }}")),
        ("… unknown", format!("group(id: \"{nowhere}\") {{ name domain_name }}")),
        ("… other's, named", format!("group(id: \"{far}\", domain_name: \"other\") {{ name domain_name }}")),
        ("groups_by_name", "groups_by_name(name: \"default\") { domain_name }".into()),
        ("… of other domain", "groups_by_name(name: \"default\", domain_name: \"other\") { domain_name }".into()),
        ("… unknown", "groups_by_name(name: \"none\") { domain_name }".into()),
        ("groups", "groups { domain_name }".into()),
        ("… of other domain", "groups(domain_name: \"other\") { domain_name }".into()),
        ("storage_volume", "storage_volume(id: \"a:b\") { id }".into()),
        ("storage_volume_list", "storage_volume_list(limit: 9, offset: 0) { items { id } total_count }".into()),
        ("vfolder_list", "vfolder_list(limit: 9, offset: 0) { items { id } total_count }".into()),
        ("… of USER", "vfolder_list(limit: 9, offset: 0, access_key: \"USER\") { total_count }".into()),
        ("… of other domain", "vfolder_list(limit: 9, offset: 0, domain_name: \"other\") { total_count }".into()),
        ("… by nothing", "vfolder_list(limit: 9, offset: 0, filter: \"nothing is null\") { total_count }".into()),
        ("vfolders", "vfolders { id }".into()),
        ("legacy_compute_session", "legacy_compute_session(sess_id: \"of-user\") { access_key }".into()),
        (
            "legacy_compute_session_list",
            "legacy_compute_session_list(limit: 9, offset: 0, order_key: \"sess_id\") { items { sess_id } total_count }".into(),
        ),
        (
            "… of FAR-USER",
            "legacy_compute_session_list(limit: 9, offset: 0, access_key: \"FAR-USER\") { items { sess_id } total_count }".into(),
        ),
        ("images", "images { name }".into()),
        ("image", "image(reference: \"sh\") { name }".into()),
        ("keypair_resource_policy", "keypair_resource_policy { name max_concurrent_sessions }".into()),
        ("… unknown", "keypair_resource_policy(name: \"none\") { name }".into()),
        ("keypair_resource_policies", "keypair_resource_policies { name }".into()),
        ("resource_preset", "resource_preset(name: \"none\") { name }".into()),
        ("… without a name", "resource_preset { name }".into()),
        ("resource_presets", "resource_presets { name }".into()),
        ("scaling_group", "scaling_group(name: \"default\") { name scheduler_opts }".into()),
        ("… unknown", "scaling_group(name: \"none\") { name }".into()),
        ("scaling_groups", "scaling_groups(name: \"default\") { name }".into()),
        ("… inactive", "scaling_groups(is_active: false) { name }".into()),
        ("scaling_groups_for_domain", "scaling_groups_for_domain(domain: \"other\") { name }".into()),
        ("scaling_groups_for_user_group", format!("scaling_groups_for_user_group(user_group: \"{near}\") {{ name }}")),
        ("scaling_groups_for_keypair", "scaling_groups_for_keypair(access_key: \"USER\") { name }".into()),
        ("agent", "agent(agent_id: \"i-test\") { id }".into()),
        ("agents", "agents { id }".into()),
        ("agent_list", "agent_list(limit: 5, offset: 0) { items { id } total_count }".into()),
        (
            "… by filter and order",
            "agent_list(limit: 5, offset: 0, filter: \"status == \\\"LOST\\\"\", order: \"-occupied_slots\") { items { id } total_count }"
                .into(),
        ),
    ]
}

#[tokio::test]
async fn graphql_queries_by_role() {
    let world = World::new().await;
    for owner in ["ROOT", "USER", "NEIGHBOUR", "FAR-USER"] {
        world.session(owner, &format!("of-{}", owner.to_lowercase())).await;
    }
    let id = world.get("USER", "/session/_/match?id=of-user").await.json()["matches"][0]["id"].clone();
    let mut people = Vec::new();
    for key in ["USER", "FAR-USER"] {
        let own = world.gql(key, "{ user { uuid } }", json!({})).await.json();
        people.push(own["data"]["user"]["uuid"].as_str().unwrap().to_owned());
    }
    let queries = queries(&world, id.as_str().unwrap(), [&people[0], &people[1]]);
    let mut table = String::new();
    for (name, query) in &queries {
        for caller in callers() {
            let answer = world.gql(caller, &format!("{{ {query} }}"), json!({})).await.json();
            let told = match answer.get("errors") {
                Some(errors) => errors[0]["message"].as_str().unwrap().to_owned(),
                None => short(&answer["data"]),
            };
            table.push_str(&format!("{name:29} {caller:10} {told}\n"));
        }
    }
    insta::assert_snapshot!(table);

    let introspection = "{ __schema { queryType { name fields { name } } } }";
    let schema = world.gql("ROOT", introspection, json!({})).await.json()["data"]["__schema"].clone();
    assert_eq!(schema["queryType"]["name"], "Queries");
    let fields = schema["queryType"]["fields"].as_array().unwrap().iter();
    let known: BTreeSet<&str> = fields.map(|field| field["name"].as_str().unwrap()).collect();
    let walked: BTreeSet<&str> = queries.iter().map(|(name, _)| *name).filter(|name| !name.starts_with('…')).collect();
    assert_eq!(walked, known, "a query is missing in the table");
}

/// The one root value, without quotes.
fn short(data: &Value) -> String {
    data.as_object().unwrap().values().next().unwrap().to_string().replace('"', "")
}
