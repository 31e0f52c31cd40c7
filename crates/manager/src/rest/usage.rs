//! `/resource/usage` and `/resource/stats`: what was used (`rest.md` §7). A report is written while it is
//! read, page by page, so that no amount of sessions is in memory at once; a chart has the same size
//! whatever it sums up.

use axum::Json;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use rollcall_model::resources::{Superintend, UsageScope, superintend};
use rollcall_model::usage::{MonthChart, UsedKernel, UsedShare, Window};
use rollcall_store::{StoreError, UsageWalk, UsedProject};
use rollcall_wire::usage::{ProjectSum, UsageRequest, container, point};
use serde_json::{Map, Value};

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::{App, now};
use crate::routes::{Access, Routes};

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(Access::Superadmin, "/resource/usage/month", month)
        .get(Access::Superadmin, "/resource/usage/period", period)
        .get(Access::Signed, "/resource/stats/user/month", own_chart)
        .get(Access::Superadmin, "/resource/stats/admin/month", whole_chart)
}

/// GET `/resource/usage/month`.
pub(crate) async fn month(
    extract::State(app): extract::State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Response, ApiError> {
    let request = UsageRequest::month(input.parameters)?;
    report(app, superintend(&caller)?, request).await
}

/// GET `/resource/usage/period`.
pub(crate) async fn period(
    extract::State(app): extract::State<App>,
    Signed(caller): Signed,
    input: Input,
) -> Result<Response, ApiError> {
    let request = UsageRequest::period(input.parameters)?;
    report(app, superintend(&caller)?, request).await
}

/// GET `/resource/stats/user/month`: of the caller's own sessions, by whichever of their keys.
pub(crate) async fn own_chart(
    extract::State(app): extract::State<App>,
    Signed(caller): Signed,
) -> Result<Json<Vec<Value>>, ApiError> {
    chart(&app, UsageScope::own(&caller)).await
}

/// GET `/resource/stats/admin/month`: of everybody's.
pub(crate) async fn whole_chart(
    extract::State(app): extract::State<App>,
    Signed(caller): Signed,
) -> Result<Json<Vec<Value>>, ApiError> {
    chart(&app, UsageScope::all(superintend(&caller)?)).await
}

async fn chart(app: &App, scope: UsageScope) -> Result<Json<Vec<Value>>, ApiError> {
    let mut chart = MonthChart::ending_at(now());
    let window = chart.window();
    // The last statistics of what still runs are in memory; there is no more of it than machines hold.
    let mut running: Vec<UsedShare> = Vec::new();
    let mut add = |share: UsedShare| match share.ended {
        Some(_) => chart.add(&share),
        None => running.push(share),
    };
    app.store().used_shares(scope, window, &mut add).await?;
    for mut share in running {
        share.last_stat = app.lifecycle().live_stat(share.kernel).await.or(share.last_stat);
        chart.add(&share);
    }
    Ok(Json(chart.points().map(|(moment, sums)| point(moment, &sums)).collect()))
}

/// A report on its way to the client.
struct Report {
    app: App,
    superintend: Superintend,
    window: Window,
    projects: std::vec::IntoIter<UsedProject>,
    current: Option<Telling>,
    told_projects: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Over,
}

/// A project being told.
struct Telling {
    project: UsedProject,
    walk: UsageWalk,
    sum: ProjectSum,
    told: usize,
}

async fn report(app: App, superintend: Superintend, request: UsageRequest) -> Result<Response, ApiError> {
    let mut projects = app.store().used_projects(superintend, request.groups.as_deref()).await?;
    if request.window.from() > now() {
        projects.clear();
    }
    let (window, projects) = (request.window, projects.into_iter());
    let mut report = Report { app, superintend, window, projects, current: None, told_projects: 0, state: State::New };
    // What fails at once is still told properly.
    let first = report.next().await?.unwrap_or_default();
    let rest = stream::unfold(report, |mut report| async move {
        let chunk = report.next().await.inspect_err(|error| tracing::error!(%error, "a usage report broke off"));
        chunk.transpose().map(|chunk| (chunk, report))
    });
    let body = Body::from_stream(stream::iter([Ok(first)]).chain(rest));
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Report {
    /// The next piece of text; `None` is the end.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let mut text = match self.state {
            State::New => "[".to_owned(),
            State::Begun => String::new(),
            State::Over => return Ok(None),
        };
        self.state = State::Begun;
        while text.len() <= 1 && self.state != State::Over {
            match &mut self.current {
                Some(telling) => {
                    let used = self.app.store().next_used(&mut telling.walk).await?;
                    self.tell(&used, &mut text);
                }
                None => self.turn_to_next(&mut text),
            }
        }
        Ok(Some(text.into()))
    }

    fn turn_to_next(&mut self, text: &mut String) {
        let Some(project) = self.projects.next() else {
            text.push(']');
            self.state = State::Over;
            return;
        };
        let walk = UsageWalk::of(self.superintend, project.id, self.window);
        self.current = Some(Telling { project, walk, sum: ProjectSum::default(), told: 0 });
    }

    /// Tells a page of the current project; an empty one is its end. A project that used nothing is not
    /// told of.
    fn tell(&mut self, used: &[UsedKernel], text: &mut String) {
        let Some(telling) = &mut self.current else { return };
        if used.is_empty() {
            if telling.told > 0 {
                text.push_str(&format!("],{}}}", inner(telling.sum.figures())));
            }
            self.current = None;
            return;
        }
        if telling.told == 0 {
            let comma = if self.told_projects > 0 { "," } else { "" };
            let UsedProject { id, name, domain } = &telling.project;
            text.push_str(&format!("{comma}{{{},\"c_infos\":[", inner(ProjectSum::head(domain, *id, name))));
            self.told_projects += 1;
        }
        for kernel in used {
            if telling.told > 0 {
                text.push(',');
            }
            text.push_str(&container(kernel).to_string());
            telling.sum.add(kernel);
            telling.told += 1;
        }
    }
}

/// The members of an object without the brackets around them.
fn inner(object: Map<String, Value>) -> String {
    let text = Value::Object(object).to_string();
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default().to_owned()
}
