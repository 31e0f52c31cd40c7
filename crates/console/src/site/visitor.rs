//! Who looks at a page: somebody signed in, with what they may see.

use axum::body::Body;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use rollcall_client::v1::SessionRow;
use rollcall_client::{Client, Login};
use rollcall_model::list::columns::LoginMode;
use rollcall_model::role::Role;

use super::{Site, frame, refusal, taste};
use crate::cookie;
use crate::gateway::Circumstances;
use crate::look::Taste;

/// Where one comes after signing in.
const LIST: &str = "/sessions";

/// Somebody who is signed in.
pub(super) struct Visitor {
    /// The SDK as them.
    pub(super) client: Client,
    /// Their role, which decides what pages there are.
    pub(super) role: Role,
    /// Their e-mail.
    pub(super) email: String,
    /// The key that they act as.
    pub(super) access_key: String,
    /// How owners are called.
    pub(super) mode: LoginMode,
    /// How they want pages.
    pub(super) taste: Taste,
    /// Whether htmx asks, for a part of a page.
    pub(super) part: bool,
}

impl Visitor {
    /// The key whose session it is, where that is not the visitor's own: as the API is told of it.
    pub(super) fn other_owner<'r>(&self, row: &'r SessionRow) -> Option<&'r str> {
        Some(row.access_key.as_str()).filter(|owner| *owner != self.access_key)
    }
}

/// Whether htmx asks for a part, and not the browser for a page.
fn asks_for_part(parts: &Parts) -> bool {
    parts.headers.contains_key("hx-request") && !parts.headers.contains_key("hx-history-restore-request")
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response<Body>> {
        let taste = taste::of(&parts.headers);
        let at = parts.extensions.get::<Circumstances>().copied();
        let client_address = at.map_or(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), |at| at.client);
        match site.gateway().logins().kept_there(client_address).await {
            Ok(true) => {}
            Ok(false) => return Err(refusal::foreign(taste)),
            Err(error) => return Err(refusal::waiting(taste, &error.to_string())),
        }
        let Some(cookie) = cookie::brought(&parts.headers) else { return Err(to_the_door(parts)) };
        let standing = match site.gateway().logins().look(&cookie, client_address).await {
            Ok(Some(standing)) => standing,
            Ok(None) => return Err(to_the_door(parts)),
            Err(error) => return Err(refusal::waiting(taste, &error.to_string())),
        };
        let Ok(role) = standing.role.parse::<Role>() else { return Err(to_the_door(parts)) };
        if let Some(elsewhere) = elsewhere(role, parts, taste) {
            return Err(elsewhere);
        }
        Ok(Self {
            client: site.client().signed_in(Login::new(cookie.into()).at(client_address)),
            role,
            access_key: standing.access_key,
            email: standing.email,
            mode: if standing.with_key { LoginMode::Api } else { LoginMode::Session },
            taste,
            part: asks_for_part(parts),
        })
    }
}

/// In place of a page that the role has not: none, or where there should be the start, the first that it has.
fn elsewhere(role: Role, parts: &Parts, taste: Taste) -> Option<Response<Body>> {
    let path = parts.uri.path();
    // What has no page of the menu of its own is done from the list.
    let inside = |place: &&frame::Place| {
        path.strip_prefix(place.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let place = frame::PLACES.iter().find(inside).map_or(LIST, |place| place.path);
    if frame::may_see(role, place) {
        return None;
    }
    let first = frame::PLACES.iter().find(|place| frame::may_see(role, place.path));
    Some(match first {
        Some(first) if path == LIST && !asks_for_part(parts) => taste::to(first.path),
        _ => refusal::nothing(taste),
    })
}

/// To the sign-in, and from there back to the page that was wanted.
fn to_the_door(parts: &Parts) -> Response<Body> {
    let wanted = if parts.method == Method::GET && !asks_for_part(parts) {
        parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str)
    } else {
        None
    };
    let door = wanted.filter(|wanted| *wanted != "/sessions").map_or_else(
        || "/".to_owned(),
        |wanted| {
            format!("/?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish())
        },
    );
    if asks_for_part(parts) {
        return to_the_door_from_a_part();
    }
    if parts.uri.path() == "/live" {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return response;
    }
    taste::to(&door)
}

/// The same for a part, which cannot become another page by itself.
pub(super) fn to_the_door_from_a_part() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(HeaderName::from_static("hx-redirect"), HeaderValue::from_static("/"));
    response
}
