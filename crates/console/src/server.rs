//! `/server/*`: signing in, out, and asking whether one is (`signing.md` §5.3 to §5.5).

use axum::body::Body;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::gateway::{Circumstances, Gateway, failed};
use crate::logins::{Begun, Standing};
use crate::upstream::whole;
use crate::{cookie, problem, vault};

/// The largest body: e-mail and password.
const MOST: usize = 16 * 1024;

pub(crate) async fn answer(gateway: &Gateway, request: Request<Body>, at: Circumstances) -> Response<Body> {
    let (head, body) = request.into_parts();
    let headers = &head.headers;
    let mut response = match (&head.method, head.uri.path()) {
        (&Method::POST, "/server/login") => login(gateway, headers, body, at).await,
        (&Method::POST, "/server/login-check") => check(gateway, headers, at).await,
        (&Method::POST, "/server/logout") => logout(gateway, headers, at).await,
        (&Method::POST, "/server/token-login") => token_login(gateway, headers, at).await,
        (_, "/server/login" | "/server/login-check" | "/server/logout" | "/server/token-login") => {
            problem::refusal(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "HTTP Method Not Allowed.")
        }
        _ => problem::refusal(StatusCode::NOT_FOUND, "generic-not-found", "Unknown URL path."),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn already() -> Response<Body> {
    problem::refusal(StatusCode::BAD_REQUEST, "generic-bad-request", "You have already logged in.")
}

async fn standing(gateway: &Gateway, headers: &HeaderMap, at: Circumstances) -> Option<Standing> {
    let cookie = cookie::brought(headers)?;
    gateway.logins().look(&cookie, at.client).await.ok().flatten()
}

async fn login(gateway: &Gateway, headers: &HeaderMap, body: Body, at: Circumstances) -> Response<Body> {
    if standing(gateway, headers, at).await.is_some() {
        return already();
    }
    let document: Value = match whole(body, MOST).await {
        Ok(body) => serde_json::from_slice(&body).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let field = |name: &str| document[name].as_str().filter(|text| !text.is_empty());
    let missing = |name: &str| {
        let title = format!("You must provide the {name} field.");
        problem::refusal(StatusCode::BAD_REQUEST, "invalid-api-params", &title)
    };
    let Some(email) = field("username") else { return missing("username") };
    let Some(password) = field("password") else { return missing("password") };
    match gateway.logins().begin(email, password, headers, at.client).await {
        // A new cookie in any case: what the browser brought may be known to somebody else.
        Ok(Begun::In { cookie, standing }) => {
            let data = data(&standing);
            with_cookie(gateway, at, &cookie, &json!({ "authenticated": true, "data": data }))
        }
        Ok(Begun::Refused(document)) => {
            let data = json!({ "type": document["type"], "title": document["title"], "details": document["msg"] });
            match vault::fresh() {
                Ok(cookie) => with_cookie(gateway, at, &cookie, &json!({ "authenticated": false, "data": data })),
                Err(_) => problem::broken(),
            }
        }
        Ok(Begun::TooMany) => {
            let title = "Too many failed login attempts";
            problem::refusal(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", title)
        }
        Ok(Begun::Failed(status, body)) => problem::again(status, &body),
        Err(error) => failed(&error),
    }
}

fn data(standing: &Standing) -> Value {
    json!({ "access_key": standing.access_key, "role": standing.role, "status": standing.status })
}

fn with_cookie(gateway: &Gateway, at: Circumstances, cookie: &str, document: &Value) -> Response<Body> {
    let mut response = problem::plain(document);
    if let Some(line) = cookie::set(cookie, gateway.settings().login_absolute, at.secure) {
        response.headers_mut().insert(SET_COOKIE, line);
    }
    response
}

async fn check(gateway: &Gateway, headers: &HeaderMap, at: Circumstances) -> Response<Body> {
    let nobody = json!({ "authenticated": false, "data": null, "session_id": null });
    problem::plain(&match standing(gateway, headers, at).await {
        // Not the cookie: this one is shown to scripts, and proves nothing.
        Some(standing) => json!({ "authenticated": true, "data": data(&standing), "session_id": standing.id }),
        None => nobody,
    })
}

async fn logout(gateway: &Gateway, headers: &HeaderMap, at: Circumstances) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::CREATED;
    if let Some(cookie) = cookie::brought(headers)
        && let Err(error) = gateway.logins().end(&cookie, at.client).await
    {
        // The browser forgets it all the same.
        response = failed(&error);
    }
    if let Some(line) = cookie::removed(at.secure) {
        response.headers_mut().insert(SET_COOKIE, line);
    }
    response
}

async fn token_login(gateway: &Gateway, headers: &HeaderMap, at: Circumstances) -> Response<Body> {
    if standing(gateway, headers, at).await.is_some() {
        return already();
    }
    problem::refusal(StatusCode::BAD_REQUEST, "invalid-api-params", "Auth token name is not defined")
}
