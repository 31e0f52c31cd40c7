//! A WebUI of Backend.AI 21.09, served as its bundle has it, with a configuration made for this server
//! (`webui-calls.md` §2).

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::origin;

/// How people sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// With e-mail and password, by cookie.
    #[default]
    Session,
    /// With access key and secret key, which stay in the browser.
    Api,
}

/// Where things are.
#[derive(Clone, Debug)]
pub struct About {
    /// How people sign in.
    pub mode: Mode,
    /// The address of the API, for [`Mode::Api`].
    pub api: String,
    /// The address of the console, which opens terminals; none where it is off.
    pub console: Option<String>,
    /// The image that a launch proposes, without its tag; the WebUI knows none of this server's.
    pub image: Option<String>,
    /// Whether the WebUI itself is served over TLS.
    pub encrypted: bool,
    /// Whether people may make accounts for themselves.
    pub sign_up: bool,
}

/// The files of the bundle in `directory`. A path without a file is a page of the application.
pub fn pages(directory: &Path, about: About) -> Router {
    let index = directory.join("index.html");
    let files = ServeDir::new(directory).fallback(ServeFile::new(index));
    Router::new()
        .route("/config.toml", get(move |request: Request| async move { configuration(&request, &about) }))
        .fallback_service(files)
        .layer(SetResponseHeaderLayer::if_not_present(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-cache")))
}

fn configuration(request: &Request, about: &About) -> Response<Body> {
    // By the name under which this browser came, so that its own origin is the one that it asks.
    let here = origin::of_host(request.headers(), about.encrypted);
    let (mode, endpoint) = match about.mode {
        Mode::Session => ("SESSION", here.map(|origin| origin.to_string()).unwrap_or_default()),
        Mode::Api => ("API", about.api.clone()),
    };
    let proxy = about.console.as_ref().map(|console| format!("{}/", console.trim_end_matches('/')));
    // No key without a value: the WebUI takes an empty text for one.
    let image = about.image.as_ref().map(|image| format!("defaultSessionEnvironment = {image:?}\n"));
    let proxy = proxy.map(|proxy| format!("[wsproxy]\nproxyURL = {proxy:?}\n"));
    let text = format!(
        "[general]\n\
         apiEndpoint = {endpoint:?}\n\
         apiEndpointText = \"Rollcall\"\n\
         siteDescription = \"Rollcall\"\n\
         connectionMode = {mode:?}\n\
         {}\
         signupSupport = {}\n\
         allowSignout = false\n\
         allowChangeSigninMode = false\n\
         allowAnonymousChangePassword = false\n\
         allowProjectResourceMonitor = false\n\
         allowManualImageNameForSession = false\n\
         autoLogout = false\n\
         debug = false\n\
         maskUserInfo = false\n\n\
         [resources]\n\
         openPortToPublic = false\n\n\
         {}",
        image.unwrap_or_default(),
        about.sign_up,
        proxy.unwrap_or_default(),
    );
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
