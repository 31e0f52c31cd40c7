//! GET `/v1/sessions.csv` and `.ndjson`: the filtered set, written while it is read.
//!
//! Pages are read by place, so that memory stays the same however long it is, and no read holds the
//! database while the other side is slow. Rights are judged again for each page.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use rollcall_model::access::Caller;
use rollcall_model::list::page::Page;

use super::csv::Sheet;
use super::page::Asked;
use super::rows::{Recent, rows};
use crate::auth::credential::Credential;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use rollcall_wire::v1::{Count, picked};

/// Rows read at once.
const PAGE: i64 = 500;

/// Comma-separated, with a line of names.
pub(super) async fn csv(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    input: Input,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &caller, input.parameters)?;
    let sheet = Sheet::of(asked.asked.fields.as_deref());
    let head = sheet.head()?;
    Ok(download(
        "text/csv; charset=utf-8",
        "sessions.csv",
        Export::of(app, &caller, credential, asked, Form::Csv(sheet))?.body(head),
    ))
}

/// An object a line.
pub(super) async fn ndjson(
    State(app): State<App>,
    Signed(caller): Signed,
    credential: Credential,
    input: Input,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &caller, input.parameters)?;
    let export = Export::of(app, &caller, credential, asked, Form::Lines)?;
    Ok(download("application/x-ndjson", "sessions.ndjson", export.body(Vec::new())))
}

fn download(kind: &'static str, name: &str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

enum Form {
    Csv(Sheet),
    Lines,
}

/// An export on its way.
struct Export {
    app: App,
    credential: Credential,
    /// What is to be read next; `None` at the end.
    next: Option<Asked>,
    /// Rows still wanted; `None` is all.
    left: Option<u64>,
    form: Form,
}

impl Export {
    /// What was asked wrongly is refused before anything is sent.
    fn of(app: App, caller: &Caller, credential: Credential, asked: Asked, form: Form) -> Result<Self, ApiError> {
        asked.scope(caller)?;
        // Without a limit of the asker's own: everything.
        let left = asked.asked.given_limit.and_then(|limit| u64::try_from(limit).ok());
        let offset = i64::try_from(asked.request.page.offset()).unwrap_or(i64::MAX);
        let mut first = asked;
        first.asked.count = Count::None;
        first.request.page = Page::new(PAGE, offset).unwrap_or(first.request.page);
        Ok(Self { app, credential, next: Some(first), left, form })
    }

    fn body(self, head: Vec<u8>) -> Body {
        let head = stream::once(async move { Ok::<_, ApiError>(Bytes::from(head)) });
        Body::from_stream(futures_util::StreamExt::chain(head, self.pages()))
    }

    fn pages(self) -> impl Stream<Item = Result<Bytes, ApiError>> + Send {
        stream::try_unfold(self, |mut export| async move {
            let page = export.page().await?;
            Ok(page.map(|bytes| (bytes, export)))
        })
    }

    /// The next page as it is sent; `None` at the end. A failure or a lost right breaks the answer off,
    /// so that nobody takes a part for the whole.
    async fn page(&mut self) -> Result<Option<Bytes>, ApiError> {
        let Some(asked) = self.next.take() else { return Ok(None) };
        let caller = self.credential.caller(&self.app).await?;
        let caller = caller.ok_or(ApiError::Internal("an export outlived the right to it"))?;
        let scope = asked.scope(&caller)?;
        let mut sessions = asked.walk(&self.app, &scope).await?;
        let whole = sessions.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        if let Some(left) = &mut self.left {
            sessions.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= sessions.len() as u64;
        }
        if sessions.is_empty() {
            return Ok(None);
        }
        let more = whole && self.left != Some(0);
        self.next = sessions.last().filter(|_| more).map(|last| asked.from(last));
        let mut out = Vec::new();
        for row in rows(&self.app, &caller, &scope, &sessions, Recent::LeftOut).await? {
            match &self.form {
                Form::Csv(sheet) => sheet.line(&row, &mut out)?,
                Form::Lines => {
                    let line = picked(&row, asked.asked.fields.as_deref());
                    serde_json::to_writer(&mut out, &line).map_err(|_| ApiError::Internal("a row has no text"))?;
                    out.push(b'\n');
                }
            }
        }
        Ok(Some(Bytes::from(out)))
    }
}
