//! The client against a server that is late, cuts, lies about its answers or is busy; and what the
//! request log keeps of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use rollcall_client::request_log::Request;
use rollcall_client::{Answer, CancellationToken, Client, Credentials, Error, RequestLog, Retries};
use secrecy::SecretString;
use serde_json::json;
use support::Asked;
use support::rogue::{Act, Rogue};

const SECRET: &str = "the-secret-key";

fn client(endpoint: &str) -> rollcall_client::ClientBuilder {
    let retries = Retries { most: 2, first_pause: Duration::from_millis(10), longest_pause: Duration::from_millis(20) };
    Client::builder(endpoint)
        .unwrap()
        .credentials(Credentials::new("AKIAEXAMPLE", SecretString::from(SECRET)))
        .retries(retries)
}

async fn get(client: &Client) -> Result<Answer, Error> {
    client.raw(Method::GET, &["thing"], &[], None).await
}

async fn post(client: &Client) -> Result<Answer, Error> {
    client.raw(Method::POST, &["thing"], &[], Some(json!({"do": "it"}))).await
}

/// Answers the first `failures` requests with `act`, and the rest well.
fn after(failures: usize, act: Act) -> impl Fn(&Asked, usize) -> Act + Send + Sync + 'static {
    move |_, number| if number < failures { act.clone() } else { Act::json(200, &json!({"ok": true})) }
}

fn ok() -> Answer {
    Answer::Json(json!({"ok": true}))
}

#[tokio::test]
async fn what_changes_nothing_is_asked_again_and_signed_anew() {
    for act in [
        Act::Close,
        Act::Cut(Box::new(Act::json(200, &json!({"ok": "cut off"})))),
        Act::json(503, &json!({"type": "https://api.backend.ai/probs/service-unavailable"})),
        Act::Answer(502, vec![("content-type", "text/html")], b"<html>bad gateway".to_vec()),
        Act::Answer(429, vec![("content-type", "application/problem+json"), ("retry-after", "0")], b"{}".to_vec()),
    ] {
        let told = format!("{act:?}");
        let rogue = Rogue::start(after(2, act)).await;
        assert_eq!(get(&client(&rogue.endpoint).build().unwrap()).await.unwrap(), ok(), "{told}");
        let asked = rogue.asked();
        assert_eq!(asked.len(), 3, "{told}");
        let of = |name: &str| -> Vec<_> { asked.iter().map(|asked| asked.header(name).unwrap().to_owned()).collect() };
        for name in ["date", "authorization", "x-request-id"] {
            let values = of(name);
            assert!(values[0] != values[1] && values[1] != values[2], "{told}: the same {name} twice");
        }
    }
}

#[tokio::test]
async fn what_may_have_been_acted_on_is_never_sent_again() {
    for act in [
        Act::Close,
        Act::Cut(Box::new(Act::json(200, &json!({"ok": "cut off"})))),
        Act::json(503, &json!({})),
        Act::Answer(429, vec![("content-type", "application/problem+json"), ("retry-after", "0")], b"{}".to_vec()),
    ] {
        let told = format!("{act:?}");
        let rogue = Rogue::start(after(2, act)).await;
        assert!(post(&client(&rogue.endpoint).build().unwrap()).await.is_err(), "{told}");
        assert_eq!(rogue.asked().len(), 1, "{told}");
    }
}

#[tokio::test]
async fn a_server_that_comes_late_gets_even_what_changes_something() {
    // The port is taken, but nobody listens until the first tries were refused.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let patient = Retries { most: 20, ..Retries::default() };
    let client = client(&format!("http://{free}")).retries(patient).build().unwrap();
    let posting = tokio::spawn(async move { post(&client).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rogue = Rogue::start_on(&free.to_string(), after(0, Act::Close)).await;
    assert_eq!(posting.await.unwrap().unwrap(), ok());
    assert_eq!(rogue.asked().len(), 1);
}

#[tokio::test]
async fn queries_are_repeated_and_refusals_are_not() {
    let rogue = Rogue::start(after(1, Act::Close)).await;
    // The answer is no GraphQL one, but the query was sent twice for it.
    assert!(matches!(client(&rogue.endpoint).build().unwrap().groups().await, Err(Error::Response { .. })));
    assert_eq!(rogue.asked().len(), 2);
    for status in [400, 401, 403, 404, 500] {
        let rogue = Rogue::start(after(1, Act::json(status, &json!({"title": "No."})))).await;
        let error = get(&client(&rogue.endpoint).build().unwrap()).await.unwrap_err();
        assert_eq!((error.status(), rogue.asked().len()), (Some(status), 1));
    }
}

#[tokio::test]
async fn a_wait_the_call_has_no_time_for_is_not_waited() {
    let busy = Act::Answer(503, vec![("content-type", "application/json"), ("retry-after", "60")], b"{}".to_vec());
    let rogue = Rogue::start(after(9, busy)).await;
    let began = Instant::now();
    let error = get(&client(&rogue.endpoint).build().unwrap()).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(20));
    let Error::Server { status: 503, retry_after, .. } = error else { panic!("{error}") };
    assert_eq!((retry_after, rogue.asked().len()), (Some(Duration::from_secs(60)), 1));
}

#[tokio::test]
async fn the_limit_holds_for_all_repetitions_together() {
    let rogue = Rogue::start(|_, _| Act::Late(Duration::from_secs(3600))).await;
    let client = client(&rogue.endpoint).timeout(Duration::from_millis(300)).build().unwrap();
    client.server().await.unwrap();
    let began = Instant::now();
    assert!(matches!(get(&client).await.unwrap_err(), Error::Timeout { .. }));
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(rogue.asked().len(), 1);
}

#[tokio::test]
async fn a_body_that_never_ends_in_time_is_a_timeout() {
    let rogue = Rogue::start(|_, _| Act::Stall).await;
    let client = client(&rogue.endpoint).timeout(Duration::from_millis(300)).build().unwrap();
    assert!(matches!(get(&client).await.unwrap_err(), Error::Timeout { .. }));
}

#[tokio::test]
async fn a_token_cancels_at_once_and_for_good() {
    let rogue = Rogue::start(|_, _| Act::Late(Duration::from_secs(3600))).await;
    let token = CancellationToken::new();
    let free = client(&rogue.endpoint).build().unwrap();
    let bound = free.cancelled_by(token.clone());
    let waiting = tokio::spawn({
        let bound = bound.clone();
        async move { get(&bound).await }
    });
    rogue.wait_for(1).await;
    token.cancel();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!((matches!(error, Error::Cancelled { .. }), error.kind()), (true, "cancelled"));
    assert!(matches!(get(&bound).await.unwrap_err(), Error::Cancelled { .. }));
    assert_eq!(rogue.asked().len(), 1, "after that nothing is sent");
    free.server().await.unwrap();
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    let rogue = Rogue::start(|_, _| Act::Late(Duration::from_secs(3600))).await;
    let client = client(&rogue.endpoint).build().unwrap();
    let waiting = tokio::spawn(async move { get(&client).await });
    rogue.wait_for(1).await;
    waiting.abort();
    rogue.wait_for_hang_up().await;
}

#[tokio::test]
async fn answers_are_what_their_type_says() {
    let check = async |act: Act| {
        let rogue = Rogue::start(move |_, _| act.clone()).await;
        get(&client(&rogue.endpoint).build().unwrap()).await.map_err(|error| error.to_string())
    };
    let typed = |kind: &'static str, body: &[u8]| Act::Answer(200, vec![("content-type", kind)], body.to_vec());
    assert_eq!(check(typed("application/json; charset=utf-8", b"[1]")).await, Ok(Answer::Json(json!([1]))));
    assert_eq!(check(typed("text/plain; charset=utf-8", "é".as_bytes())).await, Ok(Answer::Text("é".into())));
    assert_eq!(check(typed("application/octet-stream", b"\0\xff")).await, Ok(Answer::Octets(vec![0, 255])));
    assert_eq!(check(Act::Answer(200, vec![], b"\xff".to_vec())).await, Ok(Answer::Octets(vec![255])));
    assert_eq!(check(Act::Answer(204, vec![], vec![])).await, Ok(Answer::Empty));
    let wrong = |told: Result<Answer, String>, words: &str| assert!(told.unwrap_err().contains(words), "{words}");
    wrong(check(typed("application/json", b"{")).await, "cannot be understood");
    wrong(check(typed("text/plain", b"\xff")).await, "not in UTF-8");
    wrong(check(typed("image/png", b"x")).await, "image/png");
    let huge = vec![("content-type", "text/plain"), ("content-length", "99999999999")];
    wrong(check(Act::Answer(200, huge, b"x".to_vec())).await, "bytes");
    wrong(check(Act::Answer(404, vec![("content-type", "text/html")], b"<html>".to_vec())).await, "404");
}

#[tokio::test]
async fn a_page_in_place_of_json_is_told_as_what_it_is() {
    let page = Act::Answer(200, vec![("content-type", "text/html")], b"{}".to_vec());
    let rogue = Rogue::start(move |_, _| page.clone()).await;
    let error = client(&rogue.endpoint).build().unwrap().role(None).await.unwrap_err();
    assert!(error.to_string().contains("it is text, not JSON"), "{error}");
}

fn told(requests: &[Request]) -> Vec<String> {
    let line = |request: &Request| {
        let status = request.status.map_or("-".to_owned(), |status| status.to_string());
        format!("{} {} {status} {}", request.method, request.path, request.error.as_deref().unwrap_or("-"))
    };
    requests.iter().map(line).collect()
}

#[tokio::test]
async fn each_request_leaves_a_line() {
    let directory = tempfile::tempdir().unwrap();
    let log = RequestLog::at(directory.path().join("requests.log"));
    let served = AtomicUsize::new(0);
    let rogue = Rogue::start(move |asked, _| match (asked.target.as_str(), served.fetch_add(1, Ordering::SeqCst)) {
        ("/late", _) => Act::Late(Duration::from_secs(3600)),
        ("/admin/gql", _) => Act::json(200, &json!({"errors": [{"message": "me@example.com?"}], "data": null})),
        (_, 0) => Act::Close,
        (_, 1) => Act::json(200, &json!({"ok": true})),
        _ => Act::json(404, &json!({"type": "https://api.backend.ai/probs/session-not-found"})),
    })
    .await;
    let client = client(&rogue.endpoint).request_log(log.clone()).timeout(Duration::from_secs(2)).build().unwrap();
    get(&client).await.unwrap();
    client.raw(Method::DELETE, &["session", "my-session"], &[], None).await.unwrap_err();
    client.groups().await.unwrap_err();
    let token = CancellationToken::new();
    let late = client.cancelled_by(token.clone());
    let late = tokio::spawn(async move { late.raw(Method::GET, &["late"], &[], None).await });
    rogue.wait_for(5).await;
    token.cancel();
    late.await.unwrap().unwrap_err();
    client.raw(Method::GET, &["late"], &[], None).await.unwrap_err();
    // The lines of dropped requests are written behind their callers' backs.
    let written = async {
        while log.read().unwrap().len() < 7 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), written).await.unwrap();
    let requests = log.read().unwrap();
    let expected = [
        "GET / 200 -",
        "GET /thing - connection",
        "GET /thing 200 -",
        "DELETE /session/my-session 404 session-not-found",
        "POST /admin/gql 200 graphql-error",
        "GET /late - cancelled",
        "GET /late - timeout",
    ];
    assert_eq!(told(&requests), expected);
    let sent: Vec<_> = rogue.asked().iter().map(|asked| asked.header("x-request-id").unwrap().to_owned()).collect();
    let logged: Vec<_> = requests.iter().skip(1).map(|request| request.request_id.clone()).collect();
    assert_eq!(logged, sent, "the server's log has the same ids");
}

#[tokio::test]
async fn no_secret_and_no_address_gets_into_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state/requests.log");
    let log = RequestLog::at(&path);
    let rogue = Rogue::start(|_, _| {
        let problem = json!({"type": "someone@example.com hunter2 query-text", "title": "hunter2", "msg": SECRET});
        Act::Answer(
            400,
            vec![("content-type", "application/problem+json"), ("x-request-id", "hunter2"), ("x-hunter2", "hunter2")],
            problem.to_string().into_bytes(),
        )
    })
    .await;
    let client = client(&rogue.endpoint).request_log(log.clone()).build().unwrap();
    client.authorize("someone@example.com", &SecretString::from("hunter2")).await.unwrap_err();
    client.user(Some("someone@example.com")).await.unwrap_err();
    let query = [("email", "someone@example.com"), ("password", "hunter2"), ("q", "query-text")];
    let body = json!({"password": "hunter2", "email": "someone@example.com", "query": "query-text"});
    for path in [["user", "someone@example.com"], ["x y", SECRET], ["a", "line\nbreak"]] {
        client.raw(Method::PUT, &path, &query, Some(body.clone())).await.unwrap_err();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!((log.read().unwrap().len(), text.lines().count()), (6, 6), "{text}");
    for word in
        ["hunter2", "example.com", "someone", SECRET, "query-text", "?", "@", "%40", "AKIAEXAMPLE", "uthorization"]
    {
        assert!(!text.contains(word), "`{word}` in {text}");
    }
    assert!(text.contains("\"path\":\"/user/_\"") && text.contains("\"error\":\"server\""), "{text}");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_fails_no_request() {
    let directory = tempfile::tempdir().unwrap();
    let in_the_way = directory.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let full = directory.path().join("requests.log");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    for path in [in_the_way.join("requests.log"), full] {
        let rogue = Rogue::start(after(0, Act::Close)).await;
        let client = client(&rogue.endpoint).request_log(RequestLog::at(path)).build().unwrap();
        assert_eq!(get(&client).await.unwrap(), ok());
    }
}
