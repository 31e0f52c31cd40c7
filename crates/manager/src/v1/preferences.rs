//! `/v1/preferences`: what a person's clients keep for them, whichever key or login asks.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{Method, StatusCode};
use rollcall_model::own::OwnAccount;
use rollcall_wire::v1::{preferences, preferences_patch, within_bounds};
use serde_json::{Map, Value};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::read_body;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

const PATH: &str = "/v1/preferences";

/// The routes. Nothing of theirs concerns a session, so that a frozen server takes them too.
pub(super) fn routes(routes: Routes) -> Routes {
    use Access::Signed;
    routes.get(Signed, PATH, get).on(Signed, Guard::Reads, Method::PUT, PATH, set).on(
        Signed,
        Guard::Reads,
        Method::PATCH,
        PATH,
        change,
    )
}

/// GET.
async fn get(State(app): State<App>, Signed(caller): Signed) -> Result<Json<Map<String, Value>>, ApiError> {
    Ok(Json(app.store().preferences(&OwnAccount::of(&caller)).await?))
}

/// PUT. The whole body is the document: no name in it is a parameter.
async fn set(State(app): State<App>, Signed(caller): Signed, body: Body) -> Result<StatusCode, ApiError> {
    let document = preferences(&read_body(body, &app).await?)?;
    app.store().set_preferences(&OwnAccount::of(&caller), &document).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// PATCH: a merge patch (RFC 7396), so that clients that change different parts at once lose nothing.
async fn change(State(app): State<App>, Signed(caller): Signed, body: Body) -> Result<StatusCode, ApiError> {
    let patch = preferences_patch(&read_body(body, &app).await?)?;
    let own = OwnAccount::of(&caller);
    let patched = app.store().change_preferences(&own, |document| {
        let mut whole = Value::Object(std::mem::take(document));
        json_patch::merge(&mut whole, &patch);
        if let Value::Object(whole) = whole {
            *document = whole;
        }
        within_bounds(document)
    });
    patched.await??;
    Ok(StatusCode::NO_CONTENT)
}
