//! How a request travels: bounded in time, cancelled at once, repeated where that is safe, and
//! each time signed anew and recorded.

use std::future::Future;
use std::time::{Duration, Instant};

use http::{HeaderValue, StatusCode, header};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::answer::{Received, read};
use crate::error::Error;
use crate::request_log::{Line, Recording};
use crate::transport::{Call, Client, Proof, address, sign};

impl Client {
    fn limit(&self, call: &Call<'_>) -> Duration {
        call.timeout.unwrap_or(self.settings().timeout)
    }

    /// Ends `work` when its time is over or its caller gave up.
    pub(crate) async fn bounded<T>(
        &self,
        call: &Call<'_>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let after = self.limit(call);
        tokio::select! {
            biased;
            () = self.cancel().cancelled() => Err(Error::Cancelled { act: call.act }),
            done = tokio::time::timeout(after, work) => {
                done.unwrap_or(Err(Error::Timeout { act: call.act, after }))
            }
        }
    }

    /// Sends a request, again where that is safe, until `receive` has what it wants.
    pub(crate) async fn repeated<T>(
        &self,
        call: &Call<'_>,
        proof: Option<Proof<'_>>,
        version: Option<&str>,
        receive: &impl Fn(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let end = Instant::now() + self.limit(call);
        for failures in 1.. {
            let error = match self.attempt(call, proof, version, end, receive).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match self.settings().retries.pause(call.repeat, &error, failures) {
                // The refusal tells more than a time-out would.
                Some(pause) if Instant::now() + pause < end => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
        }
        Err(Error::Timeout { act: call.act, after: self.limit(call) })
    }

    async fn attempt<T>(
        &self,
        call: &Call<'_>,
        proof: Option<Proof<'_>>,
        version: Option<&str>,
        end: Instant,
        receive: &impl Fn(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let request_id = Uuid::new_v4().to_string();
        let (request, path) = self.request(call, proof, version, &request_id)?;
        let mut recording = self.recording(call, &path, request_id, end);
        let broken = |source| self.broken(call, source);
        let done = match self.send(request).await {
            Ok(answer) => {
                recording.answered(answer.status());
                read(call.act, answer, broken).await.and_then(receive)
            }
            Err(error) => Err(broken(error)),
        };
        recording.end(done.as_ref().err()).await;
        done
    }

    /// Opens a signed answer that goes on, of this content type. The time of the call is that until it
    /// begins.
    pub(crate) async fn stream(&self, call: &Call<'_>, media: &str) -> Result<reqwest::Response, Error> {
        self.bounded(call, async {
            let version = self.server().await?.spoken().to_string();
            let proof = self.proof(call)?;
            let request_id = Uuid::new_v4().to_string();
            let (request, path) = self.request(call, Some(proof), Some(&version), &request_id)?;
            let mut recording = self.recording(call, &path, request_id, Instant::now() + self.limit(call));
            let done = self.begun(call, request, media, &mut recording).await;
            recording.end(done.as_ref().err()).await;
            done
        })
        .await
    }

    /// Asks for another protocol on the connection; `signed` unless the address says who asks. The time
    /// of the call is that until it is spoken. The value of the answer's header `proof` comes beside it.
    pub(crate) async fn upgrade(
        &self,
        call: &Call<'_>,
        signed: bool,
        proof: &str,
    ) -> Result<(reqwest::Upgraded, Option<String>), Error> {
        self.bounded(call, async {
            let version = self.server().await?.spoken().to_string();
            let who = if signed { Some(self.proof(call)?) } else { None };
            let request_id = Uuid::new_v4().to_string();
            let (request, path) = self.request(call, who, Some(&version), &request_id)?;
            let mut recording = self.recording(call, &path, request_id, Instant::now() + self.limit(call));
            let done = self.switched(call, request, proof, &mut recording).await;
            recording.end(done.as_ref().err()).await;
            done
        })
        .await
    }

    async fn switched(
        &self,
        call: &Call<'_>,
        request: reqwest::RequestBuilder,
        proof: &str,
        recording: &mut Recording,
    ) -> Result<(reqwest::Upgraded, Option<String>), Error> {
        let broken = |source| self.broken(call, source);
        let answer = self.send(request).await.map_err(broken)?;
        recording.answered(answer.status());
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            let told = read(call.act, answer, broken).await;
            return Err(told.err().unwrap_or_else(|| Error::strange(call.act, "it is no websocket".to_owned())));
        }
        let proof = answer.headers().get(proof).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok((answer.upgrade().await.map_err(broken)?, proof))
    }

    async fn begun(
        &self,
        call: &Call<'_>,
        request: reqwest::RequestBuilder,
        media: &str,
        recording: &mut Recording,
    ) -> Result<reqwest::Response, Error> {
        let broken = |source| self.broken(call, source);
        let answer = self.send(request).await.map_err(broken)?;
        recording.answered(answer.status());
        if !answer.status().is_success() {
            // Only a refusal is read to its end.
            let told = read(call.act, answer, broken).await;
            return Err(told.err().unwrap_or_else(|| Error::strange(call.act, "it is no refusal".to_owned())));
        }
        let named =
            answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if named.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media) {
            return Ok(answer);
        }
        Err(Error::strange(call.act, format!("it is not {media}")))
    }

    /// The request, and its path for the record.
    fn request(
        &self,
        call: &Call<'_>,
        proof: Option<Proof<'_>>,
        version: Option<&str>,
        request_id: &str,
    ) -> Result<(reqwest::RequestBuilder, String), Error> {
        let settings = self.settings();
        let url = address(&settings.endpoint, call);
        let content_type = if call.body.is_some() { "application/json" } else { "text/plain" };
        let mut request = self.http().request(call.method.clone(), url.clone()).header("X-Request-Id", request_id);
        if let Some(version) = version {
            request = request
                .header("X-BackendAI-Version", version)
                .header("X-BackendAI-Domain", settings.domain.as_str())
                .header(header::CONTENT_TYPE, content_type);
        }
        match (proof, version) {
            (Some(Proof::Keys(keys)), Some(version)) => {
                let (date, authorization) = sign(keys, &call.method, &url, content_type, version)?;
                request = request.header(header::DATE, date).header(header::AUTHORIZATION, authorization);
            }
            (Some(Proof::Login(login)), _) => {
                let line = HeaderValue::try_from(format!("Rollcall-Login {}", login.token.expose_secret()));
                let mut line = line.map_err(|_| Error::Usage("the login's token cannot be sent".to_owned()))?;
                line.set_sensitive(true);
                request = request.header(header::AUTHORIZATION, line);
            }
            (None, _) | (_, None) => {}
        }
        if let Some(address) = settings.address {
            request = request.header("X-Forwarded-For", address.to_string());
        }
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = &call.body {
            request = request.body(body.to_string());
        }
        Ok((request, url.path().to_owned()))
    }

    fn recording(&self, call: &Call<'_>, path: &str, request_id: String, end: Instant) -> Recording {
        let settings = self.settings();
        let line = Line::begin(&call.method, path, request_id, settings.credentials.as_ref());
        Recording::begin(settings.log.clone(), line, end)
    }

    fn broken(&self, call: &Call<'_>, source: reqwest::Error) -> Error {
        Error::Connection { act: call.act, endpoint: self.endpoint().to_owned(), source: source.without_url() }
    }
}
