//! A client that sends its requests to a service, and one that acts for a login.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use rollcall_client::{Client, Credentials, Login};
use serde_json::json;

type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

/// A client on a service that notes path, proof and address of each request.
fn carried(asked: &Asked) -> Client {
    let asked = Arc::clone(asked);
    let service = tower::service_fn(move |request: http::Request<reqwest::Body>| {
        let line = |name: &str| request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let path = request.uri().path().to_owned();
        let answer = if path == "/" {
            json!({"version": "v6.20210815", "manager": "21.09.9"})
        } else {
            json!({"items": [], "total_count": 0, "tabs": null, "next_cursor": null, "event": 1})
        };
        asked.lock().unwrap().push((path, line("authorization"), line("x-forwarded-for")));
        let answer = http::Response::builder()
            .header("content-type", "application/json")
            .body(reqwest::Body::from(answer.to_string()))
            .unwrap();
        async move { Ok::<_, Infallible>(answer) }
    });
    Client::builder("http://manager.invalid").unwrap().service(service).build().unwrap()
}

#[tokio::test]
async fn requests_go_to_the_service_with_the_proof_of_each_caller() {
    let asked = Asked::default();
    let client = carried(&asked);
    let one = client.signed_in(Login::new("0123".to_owned().into()).at([192, 0, 2, 7].into()));
    let other = client.asking_for(Some(Credentials::new("AKIAKEY", "secret".to_owned().into())), [192, 0, 2, 8].into());
    let query = rollcall_client::v1::ListQuery::default();
    one.v1().page::<serde_json::Value>(&query).await.unwrap();
    other.v1().page::<serde_json::Value>(&query).await.unwrap();
    // Nobody in particular may not ask.
    client.v1().page::<serde_json::Value>(&query).await.unwrap_err();
    let asked = asked.lock().unwrap();
    let told: Vec<_> = asked
        .iter()
        .map(|(path, proof, from)| (path.as_str(), proof.split('=').next().unwrap(), from.as_str()))
        .collect();
    // What the server is, is asked once for all of them.
    assert_eq!(
        told,
        [
            ("/", "", "192.0.2.7"),
            ("/v1/sessions", "Rollcall-Login 0123", "192.0.2.7"),
            ("/v1/sessions", "BackendAI signMethod", "192.0.2.8"),
        ]
    );
}
