//! Founding, keys, people and what they belong to.

use rollcall_model::access;
use rollcall_model::ids::{AgentId, DomainName};
use rollcall_model::image::Image;
use rollcall_model::role::Role;
use rollcall_store::{AgentFilter, Settings};
use secrecy::ExposeSecret;

use crate::on_both_engines;
use crate::world::{AGENT, World, at, email, founding, group, key, system, user};

on_both_engines!(founded_once, keys_of_the_inactive_open_nothing, people_and_belongings, images_and_aliases);

async fn founded_once(world: World) {
    let world = world.founded(Vec::new()).await;
    assert!(!world.store.found(&founding(Vec::new()), at(1)).await.unwrap());
    let again = world.opened_again().await;
    assert!(!again.found(&founding(Vec::new()), at(2)).await.unwrap());
    let signing = again.signing_key(&key("alice")).await.unwrap().unwrap();
    assert_eq!(signing.secret.expose_secret(), "secret of alice");
    assert_eq!(signing.identity.role, Role::User);
    assert!(!signing.identity.key_is_admin);
    assert_eq!(signing.rate_limit, 10_000);
    assert!(again.signing_key(&key("admin")).await.unwrap().unwrap().identity.key_is_admin);
    assert!(!format!("{signing:?}").contains("secret of"));
    if let Settings::Sqlite { path } = &world.settings {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
    }
}

/// Straight into the database, as an administrator's tool would.
pub(crate) async fn change(world: &World, sql: &'static str) {
    match &world.settings {
        Settings::Sqlite { path } => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        Settings::Postgres { url } => {
            let pool = sqlx::PgPool::connect(url.expose_secret()).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
    }
}

async fn keys_of_the_inactive_open_nothing(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    for (name, sql, undo) in [
        (
            "alice",
            "UPDATE keypairs SET is_active = FALSE WHERE access_key = 'AKIAALICE'",
            "UPDATE keypairs SET is_active = TRUE",
        ),
        ("bob", "UPDATE users SET status = 'inactive' WHERE username = 'bob'", "UPDATE users SET status = 'active'"),
        ("carol", "UPDATE domains SET is_active = FALSE WHERE name = 'second'", "UPDATE domains SET is_active = TRUE"),
    ] {
        change(&world, sql).await;
        assert!(store.signing_key(&key(name)).await.unwrap().is_none(), "{name}");
        assert!(!store.key_owner(&key(name)).await.unwrap().unwrap().active, "{name}");
        assert!(store.login_key(user(name)).await.unwrap().is_none(), "{name}");
        assert!(store.keypair(&key(name)).await.unwrap().is_some(), "{name}");
        change(&world, undo).await;
        assert!(store.signing_key(&key(name)).await.unwrap().is_some(), "{name}");
        assert!(store.key_owner(&key(name)).await.unwrap().unwrap().active, "{name}");
    }
    assert!(store.key_owner(&"AKIA\0".into()).await.unwrap().is_none());
    assert!(store.signing_key(&"AKIA\0".into()).await.unwrap().is_none());
}

async fn people_and_belongings(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let default = DomainName::from("default");
    let alice = store.user_by_email(&email("alice")).await.unwrap().unwrap();
    assert_eq!(Some(&alice), store.user_by_id(user("alice")).await.unwrap().as_ref());
    assert_eq!((alice.role, alice.created_at), (Role::User, at(0)));
    let candidate = store.login_candidate(&default, &email("alice")).await.unwrap().unwrap();
    assert_eq!(candidate.user_id, user("alice"));
    assert!(store.login_candidate(&"second".into(), &email("alice")).await.unwrap().is_none());
    assert_eq!(store.login_key(user("alice")).await.unwrap().unwrap().0, key("alice"));
    assert_eq!(store.groups_of_user(user("carol")).await.unwrap()[0].id, group("second"));
    assert!(store.is_member(group("default"), user("alice")).await.unwrap());
    assert!(!store.is_member(group("default"), user("carol")).await.unwrap());
    let groups = store.resource_groups_for(&default, group("default"), &key("alice")).await.unwrap();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["default"]);
    assert!(store.domain_allows_registry(&default, "local.rollcall").await.unwrap());
    assert!(!store.domain_allows_registry(&default, "elsewhere").await.unwrap());
    assert_eq!(store.policy("default").await.unwrap().unwrap().max_concurrent_sessions, 3);
    assert_eq!(store.presets().await.unwrap()[0].name, "small");
    assert_eq!(store.announcement().await.unwrap(), None);
    store.announce(crate::offers::root(), Some("hello")).await.unwrap();
    assert_eq!(store.announcement().await.unwrap().as_deref(), Some("hello"));

    store.note_use(&key("alice"), at(9));
    store.note_use(&key("alice"), at(8));
    assert_eq!(store.keypair(&key("alice")).await.unwrap().unwrap().num_queries, 0);
    store.flush_uses().await.unwrap();
    store.flush_uses().await.unwrap();
    let used = store.keypair(&key("alice")).await.unwrap().unwrap();
    assert_eq!((used.num_queries, used.last_used), (2, Some(at(9))));
}

async fn images_and_aliases(world: World) {
    let world = world.founded(Vec::new()).await;
    let store = &world.store;
    let image = |tag: &str, aliases: &[&str]| Image {
        registry: "local.rollcall".to_owned(),
        name: "rollcall/python".to_owned(),
        tag: tag.to_owned(),
        digest: "sha256:0".to_owned(),
        labels: Vec::new(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        size_bytes: 0,
        limits: Vec::new(),
        installed: true,
    };
    let agent = AgentId::from(AGENT);
    store.put_images(system(), &agent, &[image("3.9", &["python"]), image("3.11", &[])]).await.unwrap();
    store.put_images(system(), &agent, &[image("3.11", &["python"])]).await.unwrap();
    let installed: Vec<(String, bool)> =
        store.images().await.unwrap().into_iter().map(|image| (image.tag, image.installed)).collect();
    assert_eq!(installed, [("3.11".to_owned(), true), ("3.9".to_owned(), false)]);
    assert_eq!(store.image("python").await.unwrap().unwrap().tag, "3.11");
    assert_eq!(store.image("local.rollcall/rollcall/python:3.9").await.unwrap().unwrap().tag, "3.9");
    assert!(store.image("ruby").await.unwrap().is_none());
    let agents = access::see_agents(&world.caller("root").await).unwrap();
    let all = store.agents(&agents, &AgentFilter::default()).await.unwrap();
    assert_eq!(all.iter().map(|agent| agent.id.as_str()).collect::<Vec<_>>(), [AGENT, "i-gone"]);
    assert_eq!(store.candidate_agents(system(), "default").await.unwrap().len(), 1);
}
