//! `/v1/logins`: tokens for a password or a key, seen and ended by whose they are and by administrators.
//!
//! A token is 128 random bits in the form of the contract's cookie (`signing.md` §5.1), so that a gateway
//! gives it to the browser as that and keeps nothing itself. It is told once. What it stands for is asked anew by each request.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use http::{HeaderMap, Method, StatusCode};
use rollcall_model::access::Caller;
use rollcall_model::ids::AccessKey;
use rollcall_model::logins::{KeyLogin, SeeLogins};
use rollcall_model::naming::steers;
use rollcall_model::time::print_iso;
use rollcall_store::{Login, LoginHolder, LoginProof, NewLogin, token_hash};
use rollcall_wire::problem::ProblemType;
use rollcall_wire::v1::{KeyLoginAsked, LoginAnswer, LoginAsked, LoginRow};
use uuid::Uuid;

use crate::auth::credential::Credential;
use crate::auth::password;
use crate::auth::signed::{MaybeSigned, Signed};
use crate::error::ApiError;
use crate::http::params::{Input, Peer};
use crate::manager::{App, now};
use crate::routes::{Access, Guard, Routes};
use rollcall_model::throttle::Attempt;

/// What a client says it is; longer is cut.
const LONGEST_AGENT: usize = 200;

/// The routes.
pub(super) fn routes(routes: Routes) -> Routes {
    use Access::{Admin, Offered, Signed};
    routes
        .on(Offered, Guard::Always, Method::POST, "/v1/logins", begin)
        .get(Signed, "/v1/logins", own)
        .get(Admin, "/v1/logins/all", all)
        .get(Signed, "/v1/login", current)
        .on(Signed, Guard::Always, Method::DELETE, "/v1/login", leave)
        .on(Signed, Guard::Always, Method::DELETE, "/v1/logins/{id}", end)
}

/// POST `/v1/logins`: a token for e-mail and password, or for the key that signs.
async fn begin(
    State(app): State<App>,
    Peer(address): Peer,
    MaybeSigned(signed): MaybeSigned,
    headers: HeaderMap,
    input: Input,
) -> Result<(StatusCode, Json<LoginAnswer>), ApiError> {
    let begun = match signed {
        Some((caller, credential)) => by_key(&caller, &credential, input)?,
        None => by_password(&app, address, input).await?,
    };
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| ApiError::Internal("there are no random bytes"))?;
    let token = format!("{:032x}", u128::from_be_bytes(bytes));
    let said = headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let with_key = matches!(begun.proof, LoginProof::Key(_));
    let login = NewLogin {
        id: Uuid::new_v4(),
        token_hash: token_hash(&token),
        proof: begun.proof,
        address: address.to_string(),
        agent: plain(begun.agent.as_deref().or(said).unwrap_or_default()),
    };
    app.store().create_login(&login, now()).await?;
    let identity = app.store().active_identity(&begun.access_key).await?;
    let identity = identity.ok_or(ApiError::Internal("a key that logs in is active"))?;
    let answer = LoginAnswer {
        id: login.id,
        token,
        email: identity.email,
        with_key,
        access_key: begun.access_key.as_str().to_owned(),
        role: identity.role.as_str().to_owned(),
        status: "active".to_owned(),
        expires_in: app.settings().login_absolute.as_secs(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// A login that may be made.
struct Begun {
    proof: LoginProof,
    /// What it acts as.
    access_key: AccessKey,
    /// What the client says it is.
    agent: Option<String>,
}

fn by_key(caller: &Caller, credential: &Credential, input: Input) -> Result<Begun, ApiError> {
    let login = KeyLogin::of(caller, credential.came_with())?;
    let agent = KeyLoginAsked::of(input.parameters)?.agent;
    let access_key = login.access_key().clone();
    Ok(Begun { proof: LoginProof::Key(login), access_key, agent })
}

async fn by_password(app: &App, address: IpAddr, input: Input) -> Result<Begun, ApiError> {
    let LoginAsked { email, password, agent } = LoginAsked::of(input.parameters)?;
    let attempt = Attempt::new("", &email, address);
    let proven = password::prove(app, &email, password, &attempt).await?;
    let proof = LoginProof::Password { user: proven.user, hash: proven.password_hash };
    Ok(Begun { proof, access_key: proven.access_key, agent })
}

/// Without what would play tricks on a screen.
fn plain(agent: &str) -> String {
    agent.chars().filter(|letter| !steers(*letter)).take(LONGEST_AGENT).collect()
}

/// GET `/v1/logins`.
async fn own(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
) -> Result<Json<Vec<LoginRow>>, ApiError> {
    list(&app, &SeeLogins::own(&caller), &credential).await
}

/// GET `/v1/logins/all`: of everybody in reach.
async fn all(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
) -> Result<Json<Vec<LoginRow>>, ApiError> {
    list(&app, &SeeLogins::all(&caller)?, &credential).await
}

async fn list(app: &App, may: &SeeLogins, credential: &Credential) -> Result<Json<Vec<LoginRow>>, ApiError> {
    let current = current_id(app, credential).await?;
    let logins = app.store().logins(may, app.settings().login_life(), now()).await?;
    Ok(Json(logins.iter().map(|login| row(login, current)).collect()))
}

fn row(login: &Login, current: Option<Uuid>) -> LoginRow {
    LoginRow {
        id: login.id,
        email: login.email.clone(),
        address: login.address.clone(),
        agent: login.agent.clone(),
        access_key: login.access_key.as_ref().map(|key| key.as_str().to_owned()),
        created_at: print_iso(login.created_at),
        last_seen: print_iso(login.last_seen),
        current: current == Some(login.id),
    }
}

async fn holder(app: &App, credential: &Credential) -> Result<Option<LoginHolder>, ApiError> {
    let Credential::Login(token) = credential else { return Ok(None) };
    Ok(app.store().login_of(token, app.settings().login_life(), now()).await?)
}

async fn current_id(app: &App, credential: &Credential) -> Result<Option<Uuid>, ApiError> {
    Ok(holder(app, credential).await?.map(|holder| holder.id))
}

/// GET `/v1/login`: what this login stands for.
async fn current(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
) -> Result<Json<LoginAnswer>, ApiError> {
    let held = holder(&app, &credential).await?.ok_or_else(|| none("This request is signed: it has no login."))?;
    Ok(Json(LoginAnswer {
        id: held.id,
        token: String::new(),
        email: caller.identity().email.clone(),
        with_key: held.with_key,
        access_key: caller.access_key().as_str().to_owned(),
        role: caller.role().as_str().to_owned(),
        status: "active".to_owned(),
        expires_in: app.settings().login_absolute.as_secs(),
    }))
}

/// DELETE `/v1/login`: ends the login that asks.
async fn leave(State(app): State<App>, Signed(caller): Signed, credential: Credential) -> Result<StatusCode, ApiError> {
    let id = current_id(&app, &credential).await?.ok_or_else(|| none("This request is signed: it has no login."))?;
    app.store().end_login(&SeeLogins::own(&caller), id, app.settings().login_life(), now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// DELETE `/v1/logins/{id}`: one's own, or one in reach.
async fn end(
    State(app): State<App>,
    Signed(caller): Signed,
    Path(id): Path<String>,
    _input: Input,
) -> Result<StatusCode, ApiError> {
    let id = Uuid::parse_str(&id).map_err(|_| none("There is no such login."))?;
    let life = app.settings().login_life();
    let own = app.store().end_login(&SeeLogins::own(&caller), id, life, now()).await?;
    let ended = match SeeLogins::all(&caller) {
        Ok(may) if !own => app.store().end_login(&may, id, life, now()).await?,
        _ => own,
    };
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(none("There is no such login.")) }
}

fn none(text: &str) -> ApiError {
    ApiError::msg(ProblemType::GenericNotFound, text)
}
