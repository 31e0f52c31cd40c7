//! Doors that are closed unless somebody opens them.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::world::{PASSWORD, World};

/// Sign-up is off unless it was switched on.
#[tokio::test]
async fn nobody_makes_themselves_an_account() {
    let world = World::new().await;
    let before = world.rows().await;
    let body = json!({"domain": "default", "email": "new@example.com", "password": PASSWORD, "username": "new",
        "role": "superadmin", "is_admin": true, "status": "active"});
    for path in ["/auth/signup", "/auth/sign-up", "/auth/register", "/admin/signup"] {
        for method in [Method::POST, Method::PUT, Method::GET] {
            let request = Request::builder().method(&method).uri(path).header("date", chrono::Utc::now().to_rfc3339());
            let answer = world.send(request.body(Body::from(body.to_string())).unwrap()).await;
            assert!(answer.status.is_client_error(), "{method} {path}: {} {}", answer.status, answer.text);
        }
    }
    world.is_still(&before).await;
}
