//! Signing in with a password, and proving one's own once more. Takes the same work for people who don't exist, and never more
//! checks at once than set.

use std::net::IpAddr;
use std::sync::Arc;

use rollcall_model::access::Caller;
use rollcall_model::account::UserStatus;
use rollcall_model::ids::{AccessKey, DomainName, UserId};
use rollcall_model::own::OwnAccount;
use rollcall_store::{LoginCandidate, StoreError, passwords};
use rollcall_wire::auth::{CREDENTIAL_MISMATCH, NEEDS_VERIFICATION, NO_KEYPAIR};
use rollcall_wire::problem::ProblemType;
use secrecy::SecretString;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;
use crate::manager::App;
use crate::settings::Settings;
use rollcall_model::throttle::{Attempt, Throttle};

/// What passwords are checked with.
#[derive(Debug)]
pub(crate) struct PasswordGate {
    throttle: Throttle,
    sign_ups: Throttle,
    turns: Arc<Semaphore>,
    /// Stands in for the hash of people who don't exist.
    nobody: OnceCell<String>,
}

impl PasswordGate {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            throttle: Throttle::new(settings.login_failures, settings.login_block),
            sign_ups: Throttle::new(settings.login_failures, settings.login_block),
            turns: Arc::new(Semaphore::new(settings.password_checks)),
            nobody: OnceCell::new(),
        }
    }

    /// Counts an account that somebody at this address wants to make; `false` if it is one too many.
    pub(crate) fn take_sign_up(&self, address: IpAddr) -> bool {
        self.sign_ups.take(&Attempt::new("", "", address))
    }
}

/// The keypair of whoever has this password.
pub(crate) async fn login(
    app: &App,
    domain: &str,
    email: &str,
    password: SecretString,
    attempt: &Attempt,
) -> Result<(AccessKey, SecretString), ApiError> {
    let done = attempt_login(app, domain, email, password, attempt).await;
    count(app, &done);
    done
}

async fn attempt_login(
    app: &App,
    domain: &str,
    email: &str,
    password: SecretString,
    attempt: &Attempt,
) -> Result<(AccessKey, SecretString), ApiError> {
    take(app, attempt)?;
    let candidate = app.store().login_candidate(&DomainName::from(domain), email).await?;
    let candidate = admitted(app, candidate, password).await?;
    app.passwords().throttle.clear(attempt);
    let key = app.store().login_key(candidate.user_id).await?;
    key.ok_or_else(|| ApiError::msg(ProblemType::AuthFailed, NO_KEYPAIR))
}

/// A person who proved by a password who they are.
pub(crate) struct Proven {
    pub(crate) user: UserId,
    pub(crate) password_hash: String,
    pub(crate) access_key: AccessKey,
}

/// The person of this e-mail, in whichever domain, with this password.
pub(crate) async fn prove(
    app: &App,
    email: &str,
    password: SecretString,
    attempt: &Attempt,
) -> Result<Proven, ApiError> {
    let done = attempt_proof(app, email, password, attempt).await;
    count(app, &done);
    done
}

async fn attempt_proof(app: &App, email: &str, password: SecretString, attempt: &Attempt) -> Result<Proven, ApiError> {
    take(app, attempt)?;
    let candidate = admitted(app, app.store().login_candidate_by_email(email).await?, password).await?;
    app.passwords().throttle.clear(attempt);
    let key = app.store().login_key(candidate.user_id).await?;
    let (access_key, _) = key.ok_or_else(|| ApiError::msg(ProblemType::AuthFailed, NO_KEYPAIR))?;
    Ok(Proven { user: candidate.user_id, password_hash: candidate.password_hash, access_key })
}

/// The candidate, if the password is theirs and they may log in.
async fn admitted(
    app: &App,
    candidate: Option<LoginCandidate>,
    password: SecretString,
) -> Result<LoginCandidate, ApiError> {
    let right = check(app, candidate.as_ref().map(|candidate| candidate.password_hash.clone()), password).await?;
    let candidate = candidate.filter(|_| right).ok_or_else(mismatch)?;
    match candidate.status {
        UserStatus::Active => Ok(candidate),
        UserStatus::BeforeVerification => Err(ApiError::msg(ProblemType::AuthFailed, NEEDS_VERIFICATION)),
        UserStatus::Inactive | UserStatus::Deleted => Err(mismatch()),
    }
}

/// Tells who watches what came of a login.
fn count<T>(app: &App, done: &Result<T, ApiError>) {
    app.metrics().admission.login(match done {
        Ok(_) => "accepted",
        Err(ApiError::Refused(problem)) => match problem.status() {
            429 => "throttled",
            503 => "busy",
            _ => "refused",
        },
        Err(_) => "failed",
    });
}

/// The hash of the caller's own password, if this is it. Whoever holds a key guesses as seldom as whoever
/// signs in, and at the cost of the same tries.
pub(crate) async fn confirm(
    app: &App,
    caller: &Caller,
    password: SecretString,
    address: IpAddr,
) -> Result<Option<String>, ApiError> {
    let identity = caller.identity();
    let attempt = Attempt::new(identity.domain.as_str(), &identity.email, address);
    take(app, &attempt)?;
    let hash = app.store().own_password_hash(&OwnAccount::of(caller)).await?;
    let right = check(app, hash.clone(), password).await?;
    if right {
        app.passwords().throttle.clear(&attempt);
    }
    Ok(hash.filter(|_| right))
}

fn take(app: &App, attempt: &Attempt) -> Result<(), ApiError> {
    if app.passwords().throttle.take(attempt) {
        return Ok(());
    }
    app.metrics().admission.limited("login");
    Err(ApiError::msg(ProblemType::RateLimitExceeded, "Too many failed login attempts"))
}

/// Whether the password has this hash; as much work where there is none.
async fn check(app: &App, hash: Option<String>, password: SecretString) -> Result<bool, ApiError> {
    let turn = turn(app).await?;
    let nobody = app.passwords().nobody.get_or_try_init(hash_of_nobody).await?;
    let (known, hash) = (hash.is_some(), hash.unwrap_or_else(|| nobody.clone()));
    // The turn moves along: a client that goes away does not make room for another check.
    let verified = tokio::task::spawn_blocking(move || {
        let verified = passwords::verify(&password, &hash) && known;
        drop(turn);
        verified
    });
    verified.await.map_err(|_| ApiError::Internal("checking a password failed"))
}

/// Does slow work with passwords and keys off the threads that serve, in turn with sign-ins.
pub(crate) async fn in_turn<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let turn = turn(app).await?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    Ok(done.await.map_err(|_| ApiError::Internal("making a password's hash or a key failed"))??)
}

async fn turn(app: &App) -> Result<OwnedSemaphorePermit, ApiError> {
    let busy = || ApiError::msg(ProblemType::ServiceUnavailable, "Too many people are signing in. Try again soon.");
    let turn = Arc::clone(&app.passwords().turns).acquire_owned();
    let waited = tokio::time::timeout(app.settings().password_queue, turn).await;
    waited.map_err(|_| busy())?.map_err(|_| busy())
}

async fn hash_of_nobody() -> Result<String, ApiError> {
    let made = tokio::task::spawn_blocking(|| passwords::hash(&SecretString::from("nobody has this password")));
    made.await.ok().and_then(Result::ok).ok_or(ApiError::Internal("hashing a password failed"))
}

fn mismatch() -> ApiError {
    ApiError::msg(ProblemType::AuthFailed, CREDENTIAL_MISMATCH)
}
