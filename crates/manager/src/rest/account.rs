//! `/auth`: what people change of their own account, and making one (`rest.md` §1).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use rollcall_model::ids::DomainName;
use rollcall_model::own::{OwnAccount, SignUp};
use rollcall_store::{Applicant, Integrity, NewKeypair, Refusal, StoreError, passwords, ssh_keys};
use rollcall_wire::account::{self, NewPassword, PasswordRequest, SignOutRequest, SignUpRequest};
use rollcall_wire::problem::ProblemType;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::auth::password::{confirm, in_turn};
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::{Input, Peer};
use crate::manager::{App, now};
use crate::routes::{Access, Guard, Routes};

/// The policy of a new person's first key, and its requests per 900 seconds.
const FIRST_POLICY: &str = "default";
const FIRST_RATE_LIMIT: i32 = 1000;

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    use Access::{Public, Signed};
    use Guard::Always;
    routes
        .on(Signed, Always, Method::POST, "/auth/update-password", update_password)
        .on(Signed, Always, Method::POST, "/auth/update-full-name", update_full_name)
        .on(Signed, Always, Method::GET, "/auth/ssh-keypair", ssh_key)
        .on(Signed, Always, Method::PATCH, "/auth/ssh-keypair", new_ssh_key)
        .on(Signed, Always, Method::POST, "/auth/signout", sign_out)
        .on(Public, Always, Method::POST, "/auth/signup", sign_up)
}

type Answer = Result<Json<Value>, ApiError>;

/// POST `/auth/update-password`: the old one is asked for, however the request is signed.
async fn update_password(
    State(app): State<App>,
    Signed(caller): Signed,
    Peer(address): Peer,
    input: Input,
) -> Result<Response, ApiError> {
    let request = PasswordRequest::of(input.parameters)?;
    let old = confirm(&app, &caller, request.old.clone(), address).await?;
    let old = old.ok_or_else(mismatch)?;
    let new = match request.new_password() {
        Ok(new) => new,
        Err(NewPassword::Differ(body)) => return Ok((StatusCode::BAD_REQUEST, Json(body)).into_response()),
        Err(NewPassword::Refused(problem)) => return Err(problem.into()),
    };
    let new = in_turn(&app, move || passwords::hash(&new)).await?;
    // Somebody else who knew it may have been quicker.
    if !app.store().change_own_password(&OwnAccount::of(&caller), &old, &new, now()).await? {
        return Err(mismatch());
    }
    Ok(Json(json!({})).into_response())
}

/// POST `/auth/update-full-name`.
async fn update_full_name(State(app): State<App>, Signed(caller): Signed, input: Input) -> Answer {
    let name = account::full_name(input.parameters)?;
    app.store().change_own_name(&OwnAccount::of(&caller), &name, now()).await?;
    Ok(Json(json!({})))
}

/// GET `/auth/ssh-keypair`.
async fn ssh_key(State(app): State<App>, Signed(caller): Signed) -> Answer {
    Ok(Json(json!({ "ssh_public_key": app.store().own_ssh_key(&OwnAccount::of(&caller)).await? })))
}

/// PATCH `/auth/ssh-keypair`: the only answer that ever holds the private half.
async fn new_ssh_key(State(app): State<App>, Signed(caller): Signed) -> Answer {
    let ssh = in_turn(&app, ssh_keys::generate).await?;
    app.store().replace_own_ssh_key(&OwnAccount::of(&caller), &ssh).await?;
    Ok(Json(json!({ "ssh_public_key": ssh.public, "ssh_private_key": ssh.private.expose_secret() })))
}

/// POST `/auth/signout`: switches the caller's own account off.
async fn sign_out(State(app): State<App>, Signed(caller): Signed, Peer(address): Peer, input: Input) -> Answer {
    let request = SignOutRequest::of(input.parameters)?;
    if request.email.to_lowercase() != caller.identity().email.to_lowercase() {
        return Err(ApiError::of(ProblemType::GenericForbidden));
    }
    if confirm(&app, &caller, request.password, address).await?.is_none() {
        return Err(ApiError::msg(ProblemType::GenericBadRequest, "Invalid email and/or password"));
    }
    match app.store().sign_out(&OwnAccount::of(&caller), now()).await {
        Err(StoreError::Refused(refusal)) => Err(ApiError::msg(ProblemType::GenericForbidden, refusal.to_string())),
        outcome => Ok(outcome.map(|()| Json(json!({})))?),
    }
}

/// POST `/auth/signup`. Where it is closed, the answer is the same whatever was sent.
async fn sign_up(
    State(app): State<App>,
    Peer(address): Peer,
    input: Result<Input, ApiError>,
) -> Result<Response, ApiError> {
    let closed = || ApiError::msg(ProblemType::GenericForbidden, "Sign-up is not open on this server.");
    let may = SignUp::when(app.settings().sign_up).ok_or_else(closed)?;
    let request = SignUpRequest::of(input?.parameters)?;
    if !app.passwords().take_sign_up(address) {
        return Err(ApiError::msg(ProblemType::RateLimitExceeded, "Too many sign-ups from this address"));
    }
    let password = request.password;
    let drawn = in_turn(&app, move || {
        let hash = passwords::hash(&password)?;
        Ok((hash, NewKeypair::draw(false, false, FIRST_POLICY, FIRST_RATE_LIMIT)?))
    });
    let (password_hash, keypair) = drawn.await?;
    let applicant = Applicant {
        domain: DomainName(request.domain),
        email: request.email,
        username: request.username,
        full_name: request.full_name,
        description: request.description,
        password_hash,
        keypair,
    };
    app.store().sign_up(may, &applicant, now()).await.map_err(not_signed_up)?;
    let keypair = applicant.keypair;
    let answer = json!({ "access_key": keypair.access_key, "secret_key": keypair.secret_key.expose_secret() });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn not_signed_up(error: StoreError) -> ApiError {
    let refused = |text: &str| ApiError::msg(ProblemType::GenericBadRequest, text);
    match error {
        StoreError::Refused(Refusal::NoMatch) => refused("No such domain"),
        StoreError::Refused(Refusal::InUse(reason)) => ApiError::msg(ProblemType::ServiceUnavailable, reason),
        StoreError::Refused(Refusal::Integrity(Integrity::Duplicate { columns: "email", .. })) => {
            refused(account::EMAIL_EXISTS)
        }
        StoreError::Refused(Refusal::Integrity(Integrity::Duplicate { .. })) => refused("Username already exists"),
        StoreError::Refused(Refusal::Integrity(Integrity::Missing { .. })) => {
            ApiError::msg(ProblemType::ServerMisconfigured, "There is no policy for new keys.")
        }
        other => other.into(),
    }
}

fn mismatch() -> ApiError {
    ApiError::msg(ProblemType::AuthFailed, account::OLD_PASSWORD_MISMATCH)
}
