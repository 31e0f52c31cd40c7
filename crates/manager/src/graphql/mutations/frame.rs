//! What all mutations have in common (`errors.md` §4): a frozen server and broken ids are GraphQL
//! errors, everything else that stands against a change is `ok: false` with a `msg`.
//!
//! A mutation is `answered("its_name", async { let (app, may) = allowed(ctx, rule).await?; … })`:
//! the server's state is asked first, then the rule of `rollcall_model::manage`, and only the proof
//! it gives opens the store. `rollcall_store::Refusal` turns into the contract's words here.

use async_graphql::{Context, Error, Result};
use rollcall_model::access::{Caller, Denied};
use rollcall_model::naming::{self, NamingError, TEXT_LENGTH};
use rollcall_store::{Refusal, StoreError};
use rollcall_wire::problem::ProblemType;

use crate::error::{ApiError, told};
use crate::manager::App;

/// An answer of a mutation: `ok`, `msg`, and perhaps more.
pub(crate) trait Payload: Default {
    /// Says how it went.
    fn said(self, ok: bool, msg: String) -> Self;
}

/// Makes the answer types: `CreateUser { user: User }` has `ok`, `msg` and `user`, each of which
/// may be null.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($item:ident: $kind:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Default, async_graphql::SimpleObject)]
        #[graphql(rename_fields = "snake_case")]
        pub(crate) struct $name {
            pub(crate) ok: Option<bool>,
            pub(crate) msg: Option<String>,
            $(pub(crate) $item: Option<$kind>,)*
        }

        impl $crate::graphql::mutations::frame::Payload for $name {
            fn said(mut self, ok: bool, msg: String) -> Self {
                self.ok = Some(ok);
                self.msg = Some(msg);
                self
            }
        }
    )+};
}
pub(crate) use payloads;

/// Why a mutation did not do what it was asked for. Nothing has changed.
pub(crate) enum Stop {
    /// A GraphQL error.
    Error(Error),
    /// The role or what was named is out of the caller's reach.
    NotAllowed,
    /// Nothing of that name, or nothing that the caller may know of.
    NoMatch,
    /// `ok: false` with these words.
    Told(String),
}

impl Stop {
    /// `unexpected error: …`, the contract's answer to anything that has no words of its own.
    pub(crate) fn unexpected(text: impl std::fmt::Display) -> Self {
        Self::Told(format!("unexpected error: {text}"))
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Error(told(error))
    }
}

impl From<NamingError> for Stop {
    fn from(error: NamingError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<Denied> for Stop {
    fn from(_: Denied) -> Self {
        Self::NotAllowed
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal.into(),
            // The cause goes to the log; what is sent is the contract's words for it.
            other => Self::unexpected(told(other).message),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoMatch => Self::NoMatch,
            Refusal::NotAllowed => Self::NotAllowed,
            Refusal::Integrity(violated) => Self::Told(format!("integrity error: {violated}")),
            Refusal::InUse(reason) => Self::unexpected(reason),
            told @ (Refusal::NothingToUpdate | Refusal::LastSuperadmin | Refusal::Naming(_) | Refusal::Invalid(_)) => {
                Self::Told(told.to_string())
            }
        }
    }
}

/// The server's state first, then the rule: what a mutation needs to go on.
pub(crate) async fn allowed<'a, P>(
    ctx: &Context<'a>,
    rule: impl FnOnce(&Caller) -> Result<P, Denied>,
) -> Result<(&'a App, P), Stop> {
    let app = ctx.data::<App>().map_err(Stop::Error)?;
    if app.frozen().await? {
        return Err(ApiError::of(ProblemType::ServerFrozen).into());
    }
    let caller = ctx.data::<Caller>().map_err(Stop::Error)?;
    Ok((app, rule(caller)?))
}

/// The answer to the mutation `name`. Done is `success`.
pub(crate) async fn answered<A: Payload>(name: &str, work: impl Future<Output = Result<A, Stop>>) -> Option<Result<A>> {
    answered_with(name, "success", work).await
}

/// The same where the contract has another word for a success.
pub(crate) async fn answered_with<A: Payload>(
    name: &str,
    success: &str,
    work: impl Future<Output = Result<A, Stop>>,
) -> Option<Result<A>> {
    let msg = match work.await {
        Ok(done) => return Some(Ok(done.said(true, success.to_owned()))),
        Err(Stop::Error(error)) => return Some(Err(error)),
        // It may repeat what was sent.
        Err(Stop::Told(msg)) => naming::shown(&msg, TEXT_LENGTH),
        Err(Stop::NotAllowed) => format!("no permission to execute {name}"),
        // The contract's words are the reference's class, in lower case.
        Err(Stop::NoMatch) if name == "modify_group" => "no such group".to_owned(),
        Err(Stop::NoMatch) => format!("no matching {}", name.replace('_', "")),
    };
    Some(Ok(A::default().said(false, msg)))
}
