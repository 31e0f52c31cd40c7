//! A WebUI of Backend.AI 21.09, served as its bundle has it, with a configuration made for this server
//! (`webui-calls.md` §2).

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
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
        .layer(SetResponseHeaderLayer::if_not_present(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("frame-ancestors 'self'"),
        ))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::{HeaderMap, Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    async fn get(bundle: &Path, about: About, path: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::builder().uri(path).header("host", "localhost:8092").body(Body::empty()).unwrap();
        let response = pages(bundle, about).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = crate::upstream::whole(body, 1 << 20).await.unwrap();
        (head.status, head.headers, String::from_utf8_lossy(&text).into_owned())
    }

    fn about() -> About {
        About {
            mode: Mode::Session,
            api: "http://127.0.0.1:8091".to_owned(),
            console: Some("http://127.0.0.1:8090".to_owned()),
            image: Some("local.rollcall/rollcall/bash".to_owned()),
            encrypted: false,
            sign_up: false,
        }
    }

    #[tokio::test]
    async fn files_pages_and_nothing_outside() {
        let place = tempfile::tempdir().unwrap();
        let bundle = place.path().join("static");
        std::fs::create_dir(&bundle).unwrap();
        std::fs::write(bundle.join("index.html"), "the application").unwrap();
        std::fs::write(bundle.join("some.js"), "1").unwrap();
        std::fs::write(place.path().join("secret"), "outside").unwrap();
        let (status, headers, text) = get(&bundle, about(), "/some.js").await;
        assert_eq!((status, text.as_str()), (StatusCode::OK, "1"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        for path in ["/", "/job", "/a/page"] {
            let (status, _, text) = get(&bundle, about(), path).await;
            assert_eq!((status, text.as_str()), (StatusCode::OK, "the application"), "{path}");
        }
        for path in ["/../secret", "/%2e%2e/secret", "/..%2fsecret"] {
            assert!(!get(&bundle, about(), path).await.2.contains("outside"), "{path}");
        }
    }

    #[tokio::test]
    async fn the_configuration_names_this_server() {
        let place = tempfile::tempdir().unwrap();
        let (_, _, text) = get(place.path(), about(), "/config.toml").await;
        for line in [
            "apiEndpoint = \"http://localhost:8092\"",
            "connectionMode = \"SESSION\"",
            "defaultSessionEnvironment = \"local.rollcall/rollcall/bash\"",
            "proxyURL = \"http://127.0.0.1:8090/\"",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in {text}");
        }
        let (_, _, text) = get(place.path(), About { mode: Mode::Api, console: None, ..about() }, "/config.toml").await;
        assert!(text.contains("apiEndpoint = \"http://127.0.0.1:8091\"") && text.contains("\"API\""), "{text}");
        assert!(!text.contains("wsproxy"), "{text}");
    }
}
