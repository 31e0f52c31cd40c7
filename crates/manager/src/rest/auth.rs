//! `/auth`: who one is, and how one gets a key.

use axum::Json;
use axum::extract::State;
use http::Method;
use rollcall_model::ids::GroupId;
use rollcall_model::role::Role;
use rollcall_wire::auth::{AuthorizeAnswer, AuthorizeRequest, Authorized, RoleAnswer, RoleRequest, TestAnswer};
use rollcall_wire::problem::ProblemType;

use crate::auth::password;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, Peer};
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};
use rollcall_model::throttle::Attempt;

/// `/auth`.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::Public;
    routes
        .on(Access::Signed, Guard::Always, Method::GET, "/auth", test)
        .on(Access::Signed, Guard::Always, Method::POST, "/auth", test)
        .on(Access::Signed, Guard::Always, Method::GET, "/auth/test", test)
        .on(Access::Signed, Guard::Always, Method::POST, "/auth/test", test)
        .on(Public, Guard::Always, Method::POST, "/auth/authorize", authorize)
        .on(Access::Signed, Guard::Always, Method::GET, "/auth/role", role)
}

/// GET and POST `/auth`, `/auth/test`: repeats a word to whoever signs rightly.
pub(crate) async fn test(_signed: Signed, input: Input) -> Result<Json<TestAnswer>, ApiError> {
    Ok(Json(TestAnswer::of(input.parameters)?))
}

/// POST `/auth/authorize`: a keypair for a password. The one answer besides a key's own that holds
/// a secret: the password has just proved whose it is.
pub(crate) async fn authorize(
    State(app): State<App>,
    Peer(address): Peer,
    input: Input,
) -> Result<Json<AuthorizeAnswer>, ApiError> {
    let AuthorizeRequest { domain, username, password } = AuthorizeRequest::of(input.parameters)?;
    let attempt = Attempt::new(&domain, &username, address);
    let (access_key, secret_key) = password::login(&app, &domain, &username, password, &attempt).await?;
    // The role is the same word for everybody: clients ask `/auth/role` and the account itself.
    let data = Authorized { access_key: access_key.0, secret_key, role: Role::User };
    Ok(Json(AuthorizeAnswer { data }))
}

/// GET `/auth/role`: rights in words, by the rules that REST itself follows.
pub(crate) async fn role(
    State(app): State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Json<RoleAnswer>, ApiError> {
    let RoleRequest { group } = RoleRequest::of(input.parameters)?;
    if let Some(group) = group
        && !app.store().is_member(GroupId(group), caller.identity().user_id).await?
    {
        return Err(ApiError::msg(ProblemType::GenericNotFound, "No such project or you are not in it."));
    }
    Ok(Json(RoleAnswer::of(caller.is_rest_superadmin(), caller.is_rest_admin(), group.is_some())))
}
