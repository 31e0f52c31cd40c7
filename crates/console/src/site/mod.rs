//! The console's pages: what a browser shows at the gateway's own address. They know the manager through
//! the SDK alone, as whoever is signed in.

mod account;
mod asked;
mod data;
mod frame;
mod manage;
mod refusal;
mod sessions;
mod sign_in;
mod summary;
mod taste;
mod upward;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use rollcall_client::Client;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

use crate::gateway::Gateway;

/// What every page needs.
#[derive(Clone)]
pub(crate) struct Site(Arc<Inner>);

struct Inner {
    gateway: Gateway,
    client: Client,
}

impl Site {
    fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }

    fn client(&self) -> &Client {
        &self.0.client
    }
}

pub(crate) use taste::TasteOf;

/// What is at no other address.
pub(crate) async fn nothing(TasteOf(taste): TasteOf) -> http::Response<axum::body::Body> {
    refusal::nothing(taste)
}

/// All pages for people.
pub(crate) fn routes(gateway: Gateway) -> Result<Router, rollcall_client::Error> {
    let client = upward::client(gateway.upstream().clone())?;
    let site = Site(Arc::new(Inner { gateway, client }));
    // A stream of events is not held back until there is enough of it.
    let packed = SizeAbove::new(1024).and(NotForContentType::SSE);
    let router = Router::new()
        .route("/", get(sign_in::home))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/taste", post(taste::change))
        .merge(sessions::routes())
        .merge(account::routes())
        .merge(summary::routes())
        .merge(manage::routes())
        .method_not_allowed_fallback(taste::above);
    #[cfg(debug_assertions)]
    let router = router.route("/dev/gallery", get(gallery));
    Ok(router.layer(CompressionLayer::new().gzip(true).compress_when(packed)).with_state(site))
}

/// Every component on one page.
#[cfg(debug_assertions)]
async fn gallery(TasteOf(taste): TasteOf) -> http::Response<axum::body::Body> {
    crate::look::answer(crate::look::gallery(taste), crate::look::POLICY)
}
