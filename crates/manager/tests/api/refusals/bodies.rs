//! Bodies that are no parameters at all: every route that reads any refuses them in one shape, whoever
//! sends them, and nothing has changed.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use super::parameters::{open_world, reads_nothing};
use crate::world::{Answer, Signing, World};

/// What a path's placeholders stand for.
fn target(path: &str) -> String {
    path.replace("{s}", "target").replace("{name}", "default").replace("{id}", "00000000-0000-4000-8000-000000000000")
}

fn request(method: &Method, target: &str, body: Vec<u8>) -> Request<Body> {
    Signing::of("ROOT", method.as_str(), target).request(Body::from(body))
}

/// What is told and the name of what was sent.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("cut in a name", text(r#"{"na"#)),
        ("cut in a value", text(r#"{"name": "a"#)),
        ("cut before the end", text(r#"{"name": "abcd""#)),
        ("cut in an escape", text(r#"{"name": "\u00"#)),
        ("more after the end", text("{} {}")),
        ("a list", text(r#"[{"name": "abcd"}]"#)),
        ("a text", text(r#""name""#)),
        ("a number", text("1e400")),
        ("null", text("null")),
        ("nothing but blanks", text("   ")),
        ("a form", text("name=abcd&image=sh")),
        ("YAML", text("name: abcd")),
        ("single quotes", text("{'name': 'abcd'}")),
        ("a comment", text("{/* name */}")),
        ("a trailing comma", text(r#"{"name": "abcd",}"#)),
        ("not a number", text(r#"{"cluster_size": NaN}"#)),
        ("a number without end", text(&format!(r#"{{"cluster_size": {}}}"#, "9".repeat(400_000)))),
        ("half a character", b"{\"name\": \"\xc3\"}".to_vec()),
        ("half a pair of surrogates", text(r#"{"name": "\ud800"}"#)),
        ("the other half", text(r#"{"name": "\udc00x"}"#)),
        ("a raw zero byte", b"{\"name\": \"a\0b\"}".to_vec()),
        ("a raw line break", text("{\"name\": \"a\nb\"}")),
        ("lists inside each other", text(&"[".repeat(500_000))),
        ("objects inside each other", text(&r#"{"a":"#.repeat(150_000))),
        ("deep inside a parameter", text(&format!(r#"{{"config": {}{}}}"#, "[".repeat(400_000), "]".repeat(400_000)))),
        ("a byte order mark", text("\u{feff}{}")),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("compressed", vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
    ]
}

#[tokio::test]
async fn bodies_of_no_form_are_refused_alike_everywhere() {
    let world = open_world().await;
    let before = world.rows().await;
    let routes = world.manager.routes();
    for route in routes.iter().filter(|route| !reads_nothing(route)) {
        for (what, body) in hostile() {
            let answer = world.send(request(&route.method, &target(route.path), body)).await;
            let told = refusal(&answer);
            assert!(told.is_some(), "{} {} with {what}: {} {}", route.method, route.path, answer.status, answer.text);
        }
    }
    world.is_still(&before).await;
}

/// The one way to say it: the body is no object, or a number in it is none.
fn refusal(answer: &Answer) -> Option<()> {
    (answer.told() == "400 invalid-api-params: Malformed body").then_some(())
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_not_read() {
    let world = open_world().await;
    let before = world.rows().await;
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(1024 * 1024)).into_bytes();
    for route in world.manager.routes().iter().filter(|route| !reads_nothing(route)) {
        let answer = world.send(request(&route.method, &target(route.path), large.clone())).await;
        let expected = "400 generic-bad-request: The request body could not be read or is too large.";
        assert_eq!(answer.told(), expected, "{} {}", route.method, route.path);
    }
    world.is_still(&before).await;
}

/// What nobody may send is not looked at before that is clear.
#[tokio::test]
async fn nobody_learns_from_a_body_what_a_route_reads() {
    let world = World::new().await;
    for route in world.manager.routes().iter().filter(|route| route.access.wants_proof()) {
        for (what, body) in hostile() {
            let unsigned = Request::builder().method(&route.method).uri(target(route.path));
            let unsigned = unsigned.header("date", chrono::Utc::now().to_rfc3339()).body(Body::from(body)).unwrap();
            let told = world.send(unsigned).await.told();
            assert_eq!(told, "401 auth-failed: Unauthorized access", "{} {} with {what}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn the_first_of_a_repeated_parameter_counts_in_a_query_and_the_last_in_a_body() {
    let world = World::new().await;
    let query = world.get("USER", "/auth?echo=first&echo=second&echo[]=third").await;
    assert_eq!(query.json()["echo"], "first");
    let body = br#"{"echo": "first", "echo": "last"}"#.to_vec();
    let mut signed = Signing::of("USER", "GET", "/auth").request(Body::from(body));
    signed.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(world.send(signed).await.json()["echo"], "last");
}

fn yaml(method: &Method, target: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    let signing = Signing::of("USER", method.as_str(), target);
    let authorization = signing.header_of(kind.split(';').next().unwrap());
    let mut request = signing.request(body.into());
    for (name, value) in [("content-type", kind), ("authorization", &authorization)] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn yaml_is_read_where_it_is_said_to_be_and_bounded() {
    let world = World::new().await;
    let session = "name: from-yaml\nimage: sh\nconfig:\n  resources: {cpu: 1}\n";
    for kind in ["text/yaml", "text/yaml; charset=utf-8"] {
        let name = format!("from-{}", kind.len());
        let body = session.replace("from-yaml", &name);
        let made = world.send(yaml(&Method::POST, "/session", kind, body)).await;
        assert_eq!(made.told(), "201", "{kind}: {}", made.text);
        let found = world.get("USER", &format!("/session/{name}")).await;
        assert_eq!(found.told(), "200", "{}", found.text);
    }
    for (door, path) in [("/admin/gql", "/data/user/email"), ("/admin/graphql", "/user/email")] {
        let query = "query: |\n  { user { email } }\nvariables: {}\n".to_owned();
        let asked = world.send(yaml(&Method::POST, door, "text/yaml", query)).await;
        assert_eq!(asked.json().pointer(path), Some(&json!("user@example.com")), "{door}: {}", asked.text);
    }
    let before = world.rows().await;
    let bomb = (1..40)
        .fold("a0: &a0 [x, x]\n".to_owned(), |text, at| format!("{text}a{at}: &a{at} [*a{}, *a{}]\n", at - 1, at - 1));
    let deep = "[".repeat(10_000);
    for body in [
        "- a list",
        "just text",
        "a: *nothing",
        "a: 1\na: 2",
        "--- {}\n--- {}",
        "a: !!binary x",
        &bomb,
        &deep,
        "{",
        "\u{0}",
    ] {
        let answer = world.send(yaml(&Method::POST, "/session", "text/yaml", body.to_owned())).await;
        assert!(refusal(&answer).is_some(), "{body:.20}: {}", answer.text);
    }
    // Said to be JSON it is none.
    let answer = world.send(yaml(&Method::POST, "/session", "application/json", session)).await;
    assert!(refusal(&answer).is_some(), "{}", answer.text);
    world.is_still(&before).await;
}
