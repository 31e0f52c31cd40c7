//! Signing in with a password. Takes the same work for people who don't exist, and never more
//! checks at once than set.

use std::sync::Arc;

use rollcall_model::account::UserStatus;
use rollcall_model::ids::{AccessKey, DomainName};
use rollcall_store::{LoginCandidate, StoreError, passwords};
use rollcall_wire::auth::{CREDENTIAL_MISMATCH, NEEDS_VERIFICATION, NO_KEYPAIR};
use rollcall_wire::problem::ProblemType;
use secrecy::SecretString;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use crate::auth::throttle::{Attempt, Throttle};
use crate::error::ApiError;
use crate::manager::App;
use crate::settings::Settings;

/// What passwords are checked with.
#[derive(Debug)]
pub(crate) struct PasswordGate {
    throttle: Throttle,
    turns: Arc<Semaphore>,
    /// Stands in for the hash of people who don't exist.
    nobody: OnceCell<String>,
}

impl PasswordGate {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            throttle: Throttle::new(settings.login_failures, settings.login_block),
            turns: Arc::new(Semaphore::new(settings.password_checks)),
            nobody: OnceCell::new(),
        }
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
    app.metrics().admission.login(match &done {
        Ok(_) => "accepted",
        Err(ApiError::Refused(problem)) => match problem.status() {
            429 => "throttled",
            503 => "busy",
            _ => "refused",
        },
        Err(_) => "failed",
    });
    done
}

async fn attempt_login(
    app: &App,
    domain: &str,
    email: &str,
    password: SecretString,
    attempt: &Attempt,
) -> Result<(AccessKey, SecretString), ApiError> {
    let gate = app.passwords();
    if !gate.throttle.take(attempt) {
        app.metrics().admission.limited("login");
        return Err(ApiError::msg(ProblemType::RateLimitExceeded, "Too many failed login attempts"));
    }
    let candidate = app.store().login_candidate(&DomainName::from(domain), email).await?;
    let right = check(app, candidate.as_ref(), password).await?;
    let candidate = candidate.filter(|_| right).ok_or_else(mismatch)?;
    match candidate.status {
        UserStatus::Active => {}
        UserStatus::BeforeVerification => {
            return Err(ApiError::msg(ProblemType::AuthFailed, NEEDS_VERIFICATION));
        }
        UserStatus::Inactive | UserStatus::Deleted => return Err(mismatch()),
    }
    gate.throttle.clear(attempt);
    let key = app.store().login_key(candidate.user_id).await?;
    key.ok_or_else(|| ApiError::msg(ProblemType::AuthFailed, NO_KEYPAIR))
}

async fn check(app: &App, candidate: Option<&LoginCandidate>, password: SecretString) -> Result<bool, ApiError> {
    let gate = app.passwords();
    let turn = turn(app).await?;
    let nobody = gate.nobody.get_or_try_init(hash_of_nobody).await?;
    let hash = candidate.map_or(nobody, |candidate| &candidate.password_hash).clone();
    // The turn moves along: a client that goes away does not make room for another check.
    let verified = tokio::task::spawn_blocking(move || {
        let verified = passwords::verify(&password, &hash);
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
