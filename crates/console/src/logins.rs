//! Who a cookie stands for. A manager of ours keeps logins itself: the cookie is the token that it
//! gave, and this process keeps nothing. Before a foreign manager they are kept in the vault.

use std::net::IpAddr;
use std::sync::OnceLock;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use rollcall_model::throttle::{Attempt, Throttle};
use rollcall_wire::signing::{DEFAULT_CONTENT_TYPE, Hash, ToSign, VERSION_HEADER, VersionHeader, sign};
use rollcall_wire::version::API_VERSION;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::settings::Settings;
use crate::upstream::{Unreachable, Upstream, target, whole};
use crate::vault::{Unsafe, Vault};

/// The largest answer about a login.
const MOST: usize = 64 * 1024;

/// The logins of one manager.
pub(crate) struct Logins {
    upstream: Upstream,
    domain: String,
    vault: Vault,
    attempts: Throttle,
    /// Whether the manager keeps logins itself, once that is known.
    keeps: OnceLock<bool>,
}

/// Somebody who is signed in.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Public, and proves nothing.
    pub(crate) id: String,
    pub(crate) access_key: String,
    pub(crate) role: String,
    pub(crate) status: String,
    /// The person; empty where the manager does not tell.
    pub(crate) email: String,
    /// Whether it was got with a key.
    pub(crate) with_key: bool,
}

/// What came of e-mail and password.
#[derive(Debug)]
pub(crate) enum Begun {
    In {
        cookie: String,
        standing: Box<Standing>,
    },
    /// The manager's document says why not.
    Refused(Value),
    TooMany,
    /// Anything else that the manager answered.
    Failed(StatusCode, bytes::Bytes),
}

/// Asking the manager failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error(transparent)]
    Unsafe(#[from] Unsafe),
    #[error("a request to the manager could not be made")]
    Request,
}

/// A proof that the manager takes, and when it ends.
pub(crate) struct Proof {
    pub(crate) authorization: HeaderValue,
    /// Lines that were signed along.
    pub(crate) date: Option<HeaderValue>,
    pub(crate) ended: CancellationToken,
}

impl Logins {
    pub(crate) fn new(upstream: Upstream, settings: &Settings) -> Result<Self, Unsafe> {
        // The manager of this process is ours.
        let keeps = if matches!(upstream, Upstream::Here(_)) { OnceLock::from(true) } else { OnceLock::new() };
        Ok(Self {
            upstream,
            domain: settings.domain.clone(),
            vault: Vault::new(settings)?,
            attempts: Throttle::new(settings.login_failures, settings.login_block),
            keeps,
        })
    }

    /// Whether the manager keeps logins itself: one that does asks for a proof where others know nothing.
    pub(crate) async fn kept_there(&self, client: IpAddr) -> Result<bool, LoginError> {
        if let Some(known) = self.keeps.get() {
            return Ok(*known);
        }
        let answer = self.ask(Method::GET, "/v1/login", None, None, client).await?;
        let keeps = match answer.status() {
            StatusCode::NOT_FOUND => false,
            // Without a proof, or without a date beside it.
            StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST => true,
            // It cannot say so now.
            _ => return Err(Unreachable::Answer.into()),
        };
        if !keeps {
            tracing::warn!(
                "this manager keeps no logins: they are kept here, in memory, and only time or signing out ends them"
            );
        }
        Ok(*self.keeps.get_or_init(|| keeps))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        proof: Option<HeaderValue>,
        body: Option<(&Value, Option<&HeaderValue>)>,
        client: IpAddr,
    ) -> Result<Response<Body>, LoginError> {
        let uri = target(path, None).ok_or(LoginError::Request)?;
        let mut request = Request::builder().method(method).uri(uri).header(VERSION_HEADER, API_VERSION);
        if let Some(proof) = proof {
            request = request.header(AUTHORIZATION, proof);
        }
        let request = match body {
            None => request.body(Body::empty()),
            Some((document, agent)) => {
                if let Some(agent) = agent {
                    request = request.header(USER_AGENT, agent);
                }
                request.header(CONTENT_TYPE, "application/json").body(Body::from(document.to_string()))
            }
        };
        let request = request.map_err(|_| LoginError::Request)?;
        Ok(self.upstream.send(request, client, CancellationToken::new()).await?)
    }

    /// Signs somebody in.
    pub(crate) async fn begin(
        &self,
        email: &str,
        password: &str,
        headers: &HeaderMap,
        client: IpAddr,
    ) -> Result<Begun, LoginError> {
        if self.kept_there(client).await? {
            let document = json!({ "email": email, "password": password });
            let asked = Some((&document, headers.get(USER_AGENT)));
            let answer = self.ask(Method::POST, "/v1/logins", None, asked, client).await?;
            let (status, body) = (answer.status(), whole(answer.into_body(), MOST).await?);
            return Ok(match begun(status, &body) {
                Ok(document) => match standing(&document) {
                    Some(standing) => Begun::In { cookie: text(&document["token"]), standing: Box::new(standing) },
                    None => Begun::Failed(StatusCode::BAD_GATEWAY, body),
                },
                Err(other) => other,
            });
        }
        let attempt = Attempt::new("", email, client);
        if !self.attempts.take(&attempt) {
            return Ok(Begun::TooMany);
        }
        let document = json!({ "type": "keypair", "domain": self.domain, "username": email, "password": password });
        let answer = self.ask(Method::POST, "/auth/authorize", None, Some((&document, None)), client).await?;
        let (status, body) = (answer.status(), whole(answer.into_body(), MOST).await?);
        let document = match begun(status, &body) {
            Ok(document) => document["data"].clone(),
            Err(other) => return Ok(other),
        };
        self.attempts.clear(&attempt);
        let (access_key, secret) = (text(&document["access_key"]), SecretString::from(text(&document["secret_key"])));
        let role = self.foreign_role(&access_key, &secret, client).await?.unwrap_or_else(|| text(&document["role"]));
        let cookie = self.vault.keep(&access_key, &secret, &role)?;
        let id = self.vault.look(&cookie).map(|holder| holder.id.to_string()).unwrap_or_default();
        let status = text(&document["status"]);
        Ok(Begun::In {
            cookie,
            standing: Box::new(Standing { id, access_key, role, status, email: email.to_owned(), with_key: false }),
        })
    }

    /// The role that a foreign manager has for a key: its answer to a password says the same for all.
    async fn foreign_role(
        &self,
        access_key: &str,
        secret: &SecretString,
        client: IpAddr,
    ) -> Result<Option<String>, LoginError> {
        let document = json!({ "query": "{ user { role } }", "variables": {} });
        let (path, content_type) = ("/admin/graphql", "application/json");
        let signed = self.signature(&Method::POST, path, content_type, API_VERSION, access_key, secret)?;
        let uri = target(path, None).ok_or(LoginError::Request)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(VERSION_HEADER, API_VERSION)
            .header(CONTENT_TYPE, content_type)
            .header(AUTHORIZATION, signed.0)
            .header(http::header::DATE, signed.1)
            .body(Body::from(document.to_string()))
            .map_err(|_| LoginError::Request)?;
        let answer = self.upstream.send(request, client, CancellationToken::new()).await?;
        let body = whole(answer.into_body(), MOST).await?;
        let document: Value = serde_json::from_slice(&body).unwrap_or_default();
        Ok(document["user"]["role"].as_str().map(str::to_owned))
    }

    /// Who is signed in by this cookie.
    pub(crate) async fn look(&self, cookie: &str, client: IpAddr) -> Result<Option<Standing>, LoginError> {
        if !self.kept_there(client).await? {
            return Ok(self.vault.look(cookie).map(|holder| Standing {
                id: holder.id.to_string(),
                access_key: holder.access_key,
                role: holder.role,
                status: "active".to_owned(),
                email: String::new(),
                with_key: false,
            }));
        }
        let answer = self.ask(Method::GET, "/v1/login", Some(bearer(cookie)?), None, client).await?;
        let (status, body) = (answer.status(), whole(answer.into_body(), MOST).await?);
        match status {
            status if status.is_success() => Ok(serde_json::from_slice(&body).ok().as_ref().and_then(standing)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(None),
            // It cannot say so now.
            _ => Err(Unreachable::Answer.into()),
        }
    }

    /// Signs out.
    pub(crate) async fn end(&self, cookie: &str, client: IpAddr) -> Result<(), LoginError> {
        self.vault.end(cookie);
        if self.kept_there(client).await? {
            self.ask(Method::DELETE, "/v1/login", Some(bearer(cookie)?), None, client).await?;
        }
        Ok(())
    }

    /// What proves to the manager who asks; `None` if nobody is signed in. Whether a token of ours is
    /// still one is the manager's to say.
    pub(crate) async fn prove(
        &self,
        cookie: &str,
        head: &http::request::Parts,
        client: IpAddr,
    ) -> Result<Option<Proof>, LoginError> {
        if self.kept_there(client).await? {
            let authorization = bearer(cookie)?;
            return Ok(Some(Proof { authorization, date: None, ended: CancellationToken::new() }));
        }
        let Some(holder) = self.vault.look(cookie) else { return Ok(None) };
        let line = |name: &http::HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        // As the manager reads it.
        let content_type = line(&CONTENT_TYPE).and_then(|text| text.split(';').next()).map(str::trim);
        let content_type = content_type.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_CONTENT_TYPE);
        let version = head.headers.get(VERSION_HEADER).and_then(|value| value.to_str().ok()).unwrap_or(API_VERSION);
        let path = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let (authorization, date) =
            self.signature(&head.method, path, content_type, version, &holder.access_key, &holder.secret_key)?;
        Ok(Some(Proof { authorization, date: Some(date), ended: holder.ended }))
    }

    fn signature(
        &self,
        method: &Method,
        target: &str,
        content_type: &str,
        version: &str,
        access_key: &str,
        secret: &SecretString,
    ) -> Result<(HeaderValue, HeaderValue), LoginError> {
        let date = chrono::Utc::now().to_rfc3339();
        let host = self.upstream.host();
        let to_sign = ToSign {
            method: method.as_str(),
            target,
            date: &date,
            host: &host,
            content_type,
            version,
            version_header: VersionHeader::Current,
        };
        let signed = sign(&to_sign, Hash::Sha256, access_key, secret).map_err(|_| LoginError::Request)?;
        let line = |text: String| HeaderValue::try_from(text).map_err(|_| LoginError::Request);
        Ok((line(signed)?, line(date)?))
    }
}

fn bearer(cookie: &str) -> Result<HeaderValue, LoginError> {
    let mut value = HeaderValue::try_from(format!("Rollcall-Login {cookie}")).map_err(|_| LoginError::Request)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The document of a success.
fn begun(status: StatusCode, body: &bytes::Bytes) -> Result<Value, Begun> {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    match status {
        status if status.is_success() => Ok(document),
        StatusCode::TOO_MANY_REQUESTS => Err(Begun::TooMany),
        StatusCode::UNAUTHORIZED => Err(Begun::Refused(document)),
        other => Err(Begun::Failed(other, body.clone())),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn standing(document: &Value) -> Option<Standing> {
    Some(Standing {
        id: document["id"].as_str()?.to_owned(),
        access_key: document["access_key"].as_str()?.to_owned(),
        role: document["role"].as_str()?.to_owned(),
        status: document["status"].as_str()?.to_owned(),
        email: text(&document["email"]),
        with_key: document["with_key"] == true,
    })
}
