//! The list of sessions, on newer and older servers.

use std::time::Duration;

use rollcall_model::ids::GroupId;
use rollcall_model::status::Status;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Sessions;
use super::fields::{ContainerField, SessionField, selection};
use super::rows::{SessionPage, SessionRow};
use crate::error::Error;
use crate::graphql::Query;
use crate::json_string;
use crate::version::Server;
use rollcall_model::features::Feature;

/// Rows of one request when all pages are walked.
pub const PAGE: u32 = 100;

/// The farthest row that is put together from several requests, for servers that take one status
/// at a time.
const MAX_MERGED: u64 = 1000;

/// Which sessions, and what of them. The default is the classic one: the first 30 running ones.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOptions {
    /// Fields of each session.
    pub fields: Vec<SessionField>,
    /// Fields of each of its containers, where [`SessionField::Containers`] is asked for.
    pub container_fields: Vec<ContainerField>,
    /// In one of these statuses; empty is any.
    pub statuses: Vec<Status>,
    /// Rows at most.
    pub limit: u32,
    /// Rows skipped.
    pub offset: u64,
    /// Of this key alone.
    pub owner: Option<String>,
    /// Of this project alone.
    pub group: Option<GroupId>,
    /// Of this domain alone.
    pub domain: Option<String>,
    /// Meeting this condition, in the filter language.
    pub filter: Option<String>,
    /// In this order, in the order language; the newest change first unless given.
    pub order: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Default for ListOptions {
    fn default() -> Self {
        use SessionField::*;
        Self {
            fields: vec![Id, Name, Image, CreatedAt, TerminatedAt, Status, StatusInfo, OccupiedSlots, Containers],
            container_fields: vec![ContainerField::LiveStat, ContainerField::LastStat],
            statuses: vec![rollcall_model::status::Status::Running],
            limit: 30,
            offset: 0,
            owner: None,
            group: None,
            domain: None,
            filter: None,
            order: None,
            timeout: Duration::from_secs(5),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "json_string::list")]
    items: Vec<SessionRow>,
    total_count: u64,
}

impl Sessions<'_> {
    /// One page.
    ///
    /// # Errors
    /// [`Error::Usage`] when the server is too old for what is asked; else as the server answers.
    pub async fn list(&self, options: &ListOptions) -> Result<SessionPage, Error> {
        let server = self.client.server().await?;
        check(server, options)?;
        let statuses = statuses(server, options);
        if statuses.is_empty() && !options.statuses.is_empty() {
            return Ok(SessionPage { total_count: 0, items: Vec::new() });
        }
        if statuses.len() <= 1 || server.supports(Feature::DetailedSessionStates) {
            return self.ask(server, options, &statuses, options.limit, options.offset).await;
        }
        self.merged(server, options, &statuses).await
    }

    /// Every page, at most [`PAGE`] rows a request, until `most` rows are there or none is left.
    /// `limit` of the options does not count, `offset` does.
    ///
    /// Rows that change places between two requests come once.
    ///
    /// # Errors
    /// As [`Sessions::list`].
    pub async fn all(&self, options: &ListOptions, most: usize) -> Result<SessionPage, Error> {
        let mut options = ListOptions { limit: PAGE, ..options.clone() };
        let mut seen = std::collections::HashSet::new();
        let mut all = SessionPage { total_count: 0, items: Vec::new() };
        loop {
            let page = self.list(&options).await?;
            let got = page.items.len();
            all.total_count = page.total_count;
            all.items.extend(page.items.into_iter().filter(|row| row.any_id().is_none_or(|id| seen.insert(id))));
            options.offset += got as u64;
            if all.items.len() >= most || got == 0 || options.offset >= page.total_count {
                all.items.truncate(most);
                return Ok(all);
            }
        }
    }

    async fn ask(
        &self,
        server: &Server,
        options: &ListOptions,
        statuses: &[Status],
        limit: u32,
        offset: u64,
    ) -> Result<SessionPage, Error> {
        let fields = selection(server, &options.fields, &options.container_fields);
        let (text, variables) = query(server, options, &fields, statuses, limit, offset);
        self.page_of(text, variables, options.timeout).await
    }

    /// The page of `options` with a selection of its own, on a server that takes many statuses.
    pub(super) async fn select(&self, options: &ListOptions, fields: &str) -> Result<SessionPage, Error> {
        let server = self.client.server().await?;
        let statuses = statuses(server, options);
        let (text, variables) = query(server, options, fields, &statuses, options.limit, options.offset);
        self.page_of(text, variables, options.timeout).await
    }

    async fn page_of(&self, text: String, variables: Value, timeout: Duration) -> Result<SessionPage, Error> {
        let query =
            Query { act: "listing sessions", root: "compute_session_list", text, variables, timeout: Some(timeout) };
        let answer: Option<Answer> = self.client.graphql(query).await?;
        let Answer { items, total_count } = answer.unwrap_or(Answer { items: Vec::new(), total_count: 0 });
        Ok(SessionPage { total_count, items })
    }

    /// Status by status, put together in the default order.
    async fn merged(&self, server: &Server, options: &ListOptions, statuses: &[Status]) -> Result<SessionPage, Error> {
        let end = options.offset.saturating_add(u64::from(options.limit));
        if end > MAX_MERGED {
            return Err(Error::Usage(format!(
                "this server (API {}) lists one status at a time; beyond the first {MAX_MERGED} rows ask for one status",
                server.api_version()
            )));
        }
        let limit = u32::try_from(end).unwrap_or(u32::MAX);
        let mut all = SessionPage { total_count: 0, items: Vec::new() };
        for status in statuses {
            let page = self.ask(server, options, &[*status], limit, 0).await?;
            all.total_count += page.total_count;
            all.items.extend(page.items);
        }
        all.items.sort_by_key(|row| std::cmp::Reverse(row.latest()));
        let skipped = usize::try_from(options.offset).unwrap_or(usize::MAX);
        all.items = all.items.into_iter().skip(skipped).take(options.limit as usize).collect();
        Ok(all)
    }
}

/// What an older server cannot do is said here, before it is asked.
fn check(server: &Server, options: &ListOptions) -> Result<(), Error> {
    if (options.filter.is_some() || options.order.is_some()) && !server.has_filter_and_order() {
        return Err(Error::Usage(format!(
            "this server (API {}) has neither filter nor order; they came with v6.20210815",
            server.api_version()
        )));
    }
    Ok(())
}

/// The statuses the server knows, without repeats.
fn statuses(server: &Server, options: &ListOptions) -> Vec<Status> {
    let mut known: Vec<Status> = Vec::new();
    for status in &options.statuses {
        let unknown = *status == Status::Scheduled && !server.supports(Feature::AvoidHolBlocking);
        if !unknown && !known.contains(status) {
            known.push(*status);
        }
    }
    known
}

fn query(
    server: &Server,
    options: &ListOptions,
    fields: &str,
    statuses: &[Status],
    limit: u32,
    offset: u64,
) -> (String, Value) {
    let names: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
    let status = if names.is_empty() { Value::Null } else { names.join(",").into() };
    let mut given = vec![
        ("limit", "Int!", json!(limit)),
        ("offset", "Int!", json!(offset)),
        ("status", "String", status),
        ("access_key", "String", json!(options.owner)),
        ("group_id", "String", json!(options.group)),
    ];
    if options.domain.is_some() {
        given.push(("domain_name", "String", json!(options.domain)));
    }
    if server.has_filter_and_order() {
        given.push(("filter", "String", json!(options.filter)));
        given.push(("order", "String", json!(options.order)));
    }
    let declared: Vec<_> = given.iter().map(|(name, kind, _)| format!("${name}: {kind}")).collect();
    let passed: Vec<_> = given.iter().map(|(name, _, _)| format!("{name}: ${name}")).collect();
    let text = format!(
        "query({}) {{ compute_session_list({}) {{ items {{ {fields} }} total_count }} }}",
        declared.join(", "),
        passed.join(", ")
    );
    let variables: Map<String, Value> = given.into_iter().map(|(name, _, value)| (name.to_owned(), value)).collect();
    (text, Value::Object(variables))
}
