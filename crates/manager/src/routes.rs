//! The table of routes. A route cannot be added without saying who may use it and what the server's
//! state must be: both are enforced here, before its handler runs, and both can be read by tests.

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use rollcall_wire::problem::{Problem, ProblemType};
use rollcall_wire::signing::SigningError;

use crate::auth::signed::{self, Signed};
use crate::error::ApiError;
use crate::manager::App;

/// Who may use a route (the auth column of `rest.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone; who comes with a signature must have signed rightly, and is then known.
    Offered,
    /// Whoever signs with an active key.
    Signed,
    /// Administrators: the role and the key's flag together.
    Admin,
    /// Superadmins: the role and the key's flag together.
    Superadmin,
}

impl Access {
    /// Whether nobody gets in without a proof.
    #[must_use]
    pub fn wants_proof(self) -> bool {
        !matches!(self, Self::Public | Self::Offered)
    }
}

/// What the server's own status must be (the guard of `rest.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Any.
    Always,
    /// Running or frozen.
    Reads,
    /// Running.
    Writes,
}

/// One route, as tests and documents see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path with `{placeholders}`.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// What the server's status must be.
    pub guard: Guard,
}

/// Routes being put together.
pub(crate) struct Routes {
    app: App,
    router: Router<App>,
    listed: Vec<Route>,
}

impl Routes {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone(), router: Router::new(), listed: Vec::new() }
    }

    /// Adds a route.
    pub(crate) fn on<H, T>(
        mut self,
        access: Access,
        guard: Guard,
        method: Method,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let route = on(filter(&method), handler);
        self.router = self.router.route(path, guarded(route, &self.app, access, guard));
        self.listed.push(Route { method, path, access, guard });
        self
    }

    /// A reading GET.
    pub(crate) fn get<H, T>(self, access: Access, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.on(access, Guard::Reads, Method::GET, path, handler)
    }

    /// Adds what another module of routes brings.
    pub(crate) fn with(self, more: impl FnOnce(Self) -> Self) -> Self {
        more(self)
    }

    pub(crate) fn finish(self) -> (Router<App>, Vec<Route>) {
        (self.router, self.listed)
    }
}

/// The checks of a route, the outermost first: signature, access, the server's status.
fn guarded(route: MethodRouter<App>, app: &App, access: Access, guard: Guard) -> MethodRouter<App> {
    let route = match guard {
        Guard::Writes => route.layer(from_fn_with_state(app.clone(), unless_frozen)),
        Guard::Always | Guard::Reads => route,
    };
    match access {
        Access::Public => route.layer(from_fn(signed::public)),
        Access::Offered => route.layer(from_fn_with_state(app.clone(), signed::offered)),
        Access::Signed => route.layer(from_fn_with_state(app.clone(), signed::require)),
        Access::Admin => route.layer(from_fn(admins)).layer(from_fn_with_state(app.clone(), signed::require)),
        Access::Superadmin => route.layer(from_fn(superadmins)).layer(from_fn_with_state(app.clone(), signed::require)),
    }
}

fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET)
}

async fn admins(Signed(caller): Signed, request: Request, next: Next) -> Response {
    if caller.is_rest_admin() { next.run(request).await } else { unauthorized() }
}

async fn superadmins(Signed(caller): Signed, request: Request, next: Next) -> Response {
    if caller.is_rest_superadmin() { next.run(request).await } else { unauthorized() }
}

/// 401, as the contract has it for missing rights too.
fn unauthorized() -> Response {
    ApiError::from(Problem::from(SigningError::Unsigned)).into_response()
}

async fn unless_frozen(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.frozen().await {
        Ok(false) => next.run(request).await,
        Ok(true) => ApiError::of(ProblemType::ServerFrozen).into_response(),
        Err(error) => error.into_response(),
    }
}
