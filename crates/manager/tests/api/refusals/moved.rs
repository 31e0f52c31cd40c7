//! Sessions of one domain whose owner is of another by now, on every route that speaks of a session or a
//! key. Each of the two is both ways round: what the owner's new administrators see of it, and the old.

use http::Method;
use serde_json::{Value, json};

use super::routes::{Target, callers, comparable, filled, table};
use crate::world::{Answer, World, signed};

/// `domain` is the session's; `FAR-USER` came to `default` from it, `USER` went from `default` to `other`.
const MOVED: [Target; 2] = [
    Target { word: "came", owner: "FAR-USER", session: "of-far-user", domain: "other" },
    Target { word: "went", owner: "USER", session: "of-user", domain: "default" },
];

const AWAY: &str = "UPDATE users SET domain_name = CASE username WHEN 'user' THEN 'other' ELSE 'default' END \
                    WHERE username IN ('user', 'far-user')";
const HOME: &str = "UPDATE users SET domain_name = CASE username WHEN 'user' THEN 'default' ELSE 'other' END \
                    WHERE username IN ('user', 'far-user')";

/// Both sessions run, and their owners are gone. Behind the server's back, which lets nobody leave what runs.
async fn moved(world: &World) {
    world.sql(HOME).await;
    for target in MOVED {
        world.session(target.owner, target.session).await;
    }
    world.sql(AWAY).await;
}

fn speaking() -> impl Iterator<Item = (Method, &'static str, String, String)> {
    table().into_iter().filter(|(_, _, target, body)| {
        let text = format!("{target}{body}");
        text.contains("$SESSION") || text.contains("$OWNER")
    })
}

async fn ask(world: &World, caller: &str, method: &Method, target: &str, body: &str) -> Answer {
    let body: Option<Value> = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
    let answer = world.send(signed(caller, method, target, body.as_ref())).await;
    if *method == Method::DELETE && answer.status.is_success() {
        moved(world).await;
    }
    answer
}

#[tokio::test]
async fn every_route_as_everybody_about_who_has_moved() {
    let world = World::new().await;
    moved(&world).await;
    let mut text = String::new();
    for (method, path, target, body) in speaking() {
        text.push_str(&format!("{method} {path}\n"));
        for known in MOVED {
            let (target, body) = (filled(&target, &known, &world), filled(&body, &known, &world));
            let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
            for caller in callers() {
                let told = ask(&world, caller, &method, &target, &body).await.told();
                match answers.iter_mut().find(|(known, _)| *known == told) {
                    Some((_, callers)) => callers.push(caller),
                    None => answers.push((told, vec![caller])),
                }
            }
            for (told, callers) in answers {
                text.push_str(&format!("    {:8} {told}: {}\n", known.word, callers.join(" ")));
            }
        }
    }
    insta::assert_snapshot!(text);
}

/// The owner's new administrators may act for the owner, yet the session is none to them. The old ones have
/// it in their lists, and may no more act for its owner than for nobody.
#[tokio::test]
async fn what_was_left_behind_answers_administrators_as_nothing_does_byte_for_byte() {
    let world = World::new().await;
    moved(&world).await;
    for (method, path, target, body) in speaking() {
        for known in MOVED {
            let (new, old) = if known.word == "came" { ("ADMIN", "FAR-ADMIN") } else { ("FAR-ADMIN", "ADMIN") };
            let mut pairs = Vec::new();
            if target.contains("$SESSION") {
                pairs.push((new, Target { session: "of-nobody", ..known }));
            }
            if !path.starts_with("/v1/sessions") {
                pairs.push((old, Target { owner: "NOBODY", session: "of-nobody", ..known }));
            }
            for (caller, unknown) in pairs {
                let [left, unknown] =
                    [known, unknown].map(|known| (filled(&target, &known, &world), filled(&body, &known, &world)));
                let first = ask(&world, caller, &method, &left.0, &left.1).await;
                let second = ask(&world, caller, &method, &unknown.0, &unknown.1).await;
                assert_eq!(comparable(&first), comparable(&second), "{caller}: {method} {path} {left:?}");
            }
        }
    }
}

/// A name is unique among the live sessions of a key, wherever they are. One in another domain is neither
/// given in place of a new one, nor told of.
#[tokio::test]
async fn a_name_that_is_taken_in_another_domain_is_refused_in_words() {
    let world = World::new().await;
    let kept = world.session("FAR-USER", "of-far-user").await;
    world.sql("UPDATE users SET domain_name = 'default' WHERE username = 'far-user'").await;
    world
        .sql(
            "INSERT INTO memberships (project_id, user_id) SELECT p.id, u.id FROM projects p, users u \
             WHERE p.domain_name = 'default' AND u.username = 'far-user'",
        )
        .await;
    let before = world.rows().await;
    for caller in ["FAR-USER", "ADMIN", "ROOT"] {
        for reuse in [true, false] {
            let body = json!({"name": "of-far-user", "image": "sh", "reuseIfExists": reuse,
                "owner_access_key": "FAR-USER", "config": {"resources": {"cpu": 1}}});
            let answer = world.call(caller, Method::POST, "/session", Some(body)).await;
            assert_eq!(
                answer.told(),
                "400 invalid-api-params: The name is taken by another live session: of-far-user",
                "{caller} {reuse}"
            );
            assert!(!answer.text.contains(&kept), "{}", answer.text);
        }
    }
    world.is_still(&before).await;
    // Another name is free, and cannot be changed into that one.
    let body = json!({"name": "another", "image": "sh", "config": {"resources": {"cpu": 1}}});
    let answer = world.call("FAR-USER", Method::POST, "/session", Some(body)).await;
    assert_eq!((answer.status.as_u16(), answer.json()["created"].clone()), (201, json!(true)), "{}", answer.text);
    let rename = "/session/another/rename?name=of-far-user&owner_access_key=FAR-USER";
    let answer = world.call("ADMIN", Method::POST, rename, None).await;
    assert_eq!(answer.told(), "400 invalid-api-params: The name is taken by another live session: of-far-user");
}

/// What the mutation says.
async fn mutates(world: &World, who: &str, mutation: &str) -> String {
    let answer = world.gql(who, &format!("mutation {{ it: {mutation} {{ ok msg }} }}"), json!({})).await.json();
    answer["data"]["it"]["msg"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The names of the sessions that somebody lists.
async fn seen(world: &World, who: &str) -> Value {
    let list = "{ compute_session_list(limit: 9, offset: 0) { items { name } } }";
    world.gql(who, list, json!({})).await.json()["data"]["compute_session_list"]["items"].clone()
}

#[tokio::test]
async fn nobody_is_moved_away_from_what_is_active() {
    let world = World::new().await;
    world.session("FAR-USER", "of-far-user").await;
    let far = world.groups[1];
    let person = r#"modify_user(email: "far-user@example.com", props: {domain_name: "default"})"#;
    let project = format!(r#"modify_group(gid: "{far}", props: {{domain_name: "default", name: "came"}})"#);
    let before = world.rows().await;
    let told = "has 1 active session: terminate before moving to another domain";
    assert_eq!(mutates(&world, "ROOT", person).await, format!("unexpected error: the user {told}"));
    assert_eq!(mutates(&world, "ROOT", &project).await, format!("unexpected error: the group {told}"));
    world.is_still(&before).await;
    let answer = world.call("FAR-USER", Method::DELETE, "/session/of-far-user", None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while mutates(&world, "ROOT", &project).await != "success" {
        assert!(tokio::time::Instant::now() < deadline, "the session ends");
        tokio::task::yield_now().await;
    }
    assert_eq!(mutates(&world, "ROOT", person).await, "success");

    // The project's new administrator cannot take away what was done in the other domain, nor hears of it.
    let purge = format!(r#"purge_group(gid: "{far}")"#);
    let told = "unexpected error: the group was in another domain before: only a superadmin can purge it";
    assert_eq!(mutates(&world, "ADMIN", &purge).await, told);
    assert_eq!(seen(&world, "ADMIN").await, json!([]));
    assert_eq!(seen(&world, "FAR-ADMIN").await, json!([{"name": "of-far-user"}]));
    assert_eq!(mutates(&world, "ROOT", &purge).await, "success");
    assert_eq!(seen(&world, "FAR-ADMIN").await, json!([]));
}
