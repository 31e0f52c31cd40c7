//! The list's dynamic statements, as expression trees: no text is put together here, and values
//! only ever travel beside the statement.

use rollcall_model::access::Scope;
use rollcall_model::ids::{SessionId, UserId};
use rollcall_model::list::after::{After, Cell};
use rollcall_model::list::filter::Filter;
use rollcall_model::list::order::OrderKey;
use rollcall_model::list::page::Page;
use rollcall_model::status::Status;
use sea_query::{
    Condition, Expr, ExprTrait, Func, FunctionCall, JoinType, NullOrdering, Order, PostgresQueryBuilder, Query,
    SelectStatement, SqliteQueryBuilder, UnionType,
};
use sea_query_sqlx::SqlxBinder;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::condition::{self, Column, Kind};
use crate::codec::rank;
use crate::engine::Engine;
use crate::error::Doing;
use crate::{Store, StoreError};

/// What of a table filters and orders may name.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Column)],
}

pub(crate) const fn column(table: &'static str, name: &'static str, kind: Kind) -> Column {
    Column { table, name, kind, computed: None }
}

/// What `text`, in parentheses, makes of a row of `table`.
pub(crate) const fn computed(table: &'static str, text: &'static str, kind: Kind) -> Column {
    Column { table, name: "", kind, computed: Some(text) }
}

/// Sessions; projects and users are joined where a key names their columns.
pub(super) const SESSIONS: Table = Table {
    name: "sessions",
    columns: &[
        ("id", column("sessions", "id", Kind::Id)),
        ("type", column("sessions", "session_type", Kind::Number)),
        ("name", column("sessions", "name", Kind::Text)),
        ("image", column("sessions", "image", Kind::Text)),
        ("domain_name", column("sessions", "domain_name", Kind::Text)),
        ("group_name", column("projects", "name", Kind::Text)),
        ("user_email", column("users", "email", Kind::Text)),
        ("access_key", column("sessions", "access_key", Kind::Text)),
        ("scaling_group", column("sessions", "scaling_group", Kind::Text)),
        ("cluster_mode", column("sessions", "cluster_mode", Kind::Number)),
        ("cluster_size", column("sessions", "cluster_size", Kind::Number)),
        ("status", column("sessions", "status", Kind::Number)),
        ("status_info", column("sessions", "status_info", Kind::Text)),
        ("status_changed", column("sessions", "status_changed", Kind::Number)),
        ("result", column("sessions", "result", Kind::Number)),
        ("created_at", column("sessions", "created_at", Kind::Number)),
        ("terminated_at", column("sessions", "terminated_at", Kind::Number)),
        ("starts_at", column("sessions", "starts_at", Kind::Number)),
        ("startup_command", column("sessions", "startup_command", Kind::Text)),
        ("agent", column("sessions", "agent", Kind::Text)),
        ("agents", column("sessions", "agent", Kind::Text)),
    ],
};

/// Kernels of a session.
pub(super) const KERNELS: Table = Table {
    name: "kernels",
    columns: &[
        ("id", column("kernels", "id", Kind::Id)),
        ("image", column("kernels", "image", Kind::Text)),
        ("agent", column("kernels", "agent", Kind::Text)),
        ("cluster_idx", column("kernels", "cluster_idx", Kind::Number)),
        ("cluster_role", column("kernels", "cluster_role", Kind::Text)),
        ("cluster_hostname", column("kernels", "cluster_hostname", Kind::Text)),
        ("status", column("kernels", "status", Kind::Number)),
        ("status_info", column("kernels", "status_info", Kind::Text)),
        ("created_at", column("kernels", "created_at", Kind::Number)),
        ("status_changed", column("kernels", "status_changed", Kind::Number)),
        ("terminated_at", column("kernels", "terminated_at", Kind::Number)),
    ],
};

impl Table {
    pub(crate) fn column(&self, key: &str) -> Result<&'static Column, StoreError> {
        let found = self.columns.iter().find(|(name, _)| *name == key).map(|(_, column)| column);
        found.ok_or_else(|| StoreError::Filter(format!("this list has no key `{key}`")))
    }
}

/// The conditions of a scope on sessions.
fn scope_conditions(scope: &Scope) -> Condition {
    let column = |name: &'static str| Expr::col(("sessions", name));
    Condition::all()
        .add_option(scope.domain().map(|domain| column("domain_name").eq(domain.as_str())))
        .add_option(scope.group().map(|group| column("group_id").eq(group.0)))
        .add_option(scope.user().map(|user| column("user_id").eq(user.0)))
        .add_option(scope.access_key().map(|key| column("access_key").eq(key.as_str())))
}

fn ranks(statuses: &[Status]) -> impl Iterator<Item = i64> {
    statuses.iter().copied().map(rank)
}

/// The list in its own order: one ordered walk for each status, merged.
///
/// SQLite orders the walks by itself, and takes no order inside a union. PostgreSQL plans each walk
/// apart, so that it must be told the order there, and how much is wanted at most.
pub(super) fn merged_page(
    engine: &Engine,
    scope: &Scope,
    statuses: &[Status],
    after: Option<&After>,
    page: Page,
) -> Result<SelectStatement, StoreError> {
    let after = after.map(older).transpose()?;
    let walk = |status| match engine {
        Engine::Sqlite { .. } => branch(scope, unforeseen(status), after.clone()),
        Engine::Postgres(_) => {
            let mut walk = newest_first(branch(scope, Expr::val(status), after.clone()));
            walk.limit(Ord::min(page.offset().saturating_add(page.limit().into()), i64::MAX as u64));
            Query::select().columns(["latest", "id"]).from_subquery(walk, "walk").to_owned()
        }
    };
    let mut walks = ranks(statuses).map(walk);
    let mut merged = walks.next().unwrap_or_else(|| branch(scope, Expr::val(-1_i64), None));
    merged.unions(walks.map(|walk| (UnionType::All, walk)));
    Ok(limited(newest_first(merged), page))
}

fn newest_first(mut query: SelectStatement) -> SelectStatement {
    query.order_by("latest", Order::Desc).order_by("id", Order::Desc);
    query
}

/// A number that SQLite's planner does not look at. Where its samples hold no row of a status, it takes that status alone
/// to be narrow enough, and walks all domains for one key as soon as somebody's sessions enter that status.
fn unforeseen(number: i64) -> Expr {
    Expr::val(number).add(0_i64)
}

fn branch(scope: &Scope, status: Expr, after: Option<Expr>) -> SelectStatement {
    Query::select()
        .columns(["latest", "id"])
        .from("sessions")
        .cond_where(walked_conditions(scope).add(Expr::col(("sessions", "status")).eq(status)).add_option(after))
        .to_owned()
}

/// A scope's conditions with one to walk by: the key, else the person, else the project, else the
/// domain. The wider ones are hidden behind a function from the planners, which would else walk a whole domain for
/// one key; the narrow index carries their columns.
fn walked_conditions(scope: &Scope) -> Condition {
    let column = |name: &'static str| Expr::col(("sessions", name));
    let hidden = |name: &'static str, empty: Expr| Expr::from(Func::coalesce([column(name), empty]));
    let by_key = scope.access_key().is_some();
    let by_person = scope.user().is_some();
    let narrower = by_key || by_person || scope.group().is_some();
    let domain = if narrower { hidden("domain_name", Expr::val("")) } else { column("domain_name") };
    let group = if by_key || by_person { hidden("group_id", Expr::val(Uuid::nil())) } else { column("group_id") };
    // A key belongs to one person, so that its own index serves; the person is looked at in the rows.
    let user = if by_key { hidden("user_id", Expr::val(Uuid::nil())) } else { column("user_id") };
    Condition::all()
        .add_option(scope.domain().map(|name| domain.eq(name.as_str())))
        .add_option(scope.group().map(|id| group.eq(id.0)))
        .add_option(scope.user().map(|id| user.eq(id.0)))
        .add_option(scope.access_key().map(|key| column("access_key").eq(key.as_str())))
}

/// The keys of an order one after the other; nulls come last going up and first going down.
pub(crate) fn order_by(query: &mut SelectStatement, table: &Table, order: &[OrderKey]) -> Result<(), StoreError> {
    for key in order {
        let (order, nulls) = match key.descending {
            true => (Order::Desc, NullOrdering::First),
            false => (Order::Asc, NullOrdering::Last),
        };
        query.order_by_expr_with_nulls(table.column(&key.key)?.expr(), order, nulls);
    }
    Ok(())
}

pub(crate) fn limited(mut query: SelectStatement, page: Page) -> SelectStatement {
    // No database holds more rows than that; beyond it every page is empty.
    query.limit(u64::from(page.limit())).offset(Ord::min(page.offset(), i64::MAX as u64));
    query
}

/// The total of a list without a free filter, from the smallest counters that know it.
pub(super) fn counted_total(scope: &Scope, statuses: &[Status]) -> SelectStatement {
    let table = counters(scope);
    let mut query = Query::select();
    query.expr_as(Func::cast_as(sum_of(table), "bigint"), "total").from(table);
    query.cond_where(counter_conditions(table, scope, statuses)).to_owned()
}

/// The same for each status apart.
pub(super) fn counted_by_status(scope: &Scope) -> SelectStatement {
    let table = counters(scope);
    let mut query = Query::select();
    query.column((table, "status")).expr_as(Func::cast_as(sum_of(table), "bigint"), "total").from(table);
    query.cond_where(counter_conditions(table, scope, &Status::ALL)).group_by_col((table, "status")).to_owned()
}

fn counters(scope: &Scope) -> &'static str {
    let by_domain = scope.group().is_none() && scope.access_key().is_none() && scope.user().is_none();
    if by_domain { "counts_by_domain" } else { "counts_by_owner" }
}

fn sum_of(table: &'static str) -> FunctionCall {
    Func::coalesce([Func::sum(Expr::col((table, "amount"))).into(), Expr::val(0_i64)])
}

/// A person is counted by their keys: one with sessions stays as long as they do.
fn counter_conditions(table: &'static str, scope: &Scope, statuses: &[Status]) -> Condition {
    let column = |name: &'static str| Expr::col((table, name));
    let of_person = |user: UserId| {
        let mut keys = Query::select();
        keys.column("access_key").from("keypairs").and_where(Expr::col("user_id").eq(user.0));
        column("access_key").in_subquery(keys)
    };
    Condition::all()
        .add_option(scope.domain().map(|domain| column("domain_name").eq(domain.as_str())))
        .add_option(scope.group().map(|group| column("group_id").eq(group.0)))
        .add_option(scope.user().map(of_person))
        .add_option(scope.access_key().map(|key| column("access_key").eq(key.as_str())))
        .add(column("status").is_in(ranks(statuses)))
}

/// What comes after a place in the list's own order.
fn older(after: &After) -> Result<Expr, StoreError> {
    let [Some(Cell::Number(latest))] = after.values.as_slice() else { return Err(misplaced()) };
    let row = Expr::tuple([Expr::col(("sessions", "latest")), Expr::col(("sessions", "id"))]);
    Ok(row.lt(Expr::tuple([Expr::val(*latest), Expr::val(after.id)])))
}

/// What comes after a place in the order of these keys and then of the id: whatever differs first
/// decides.
fn behind(table: &Table, order: &[OrderKey], after: &After) -> Result<Expr, StoreError> {
    if !after.fits(order) {
        return Err(misplaced());
    }
    let mut condition = Expr::col((table.name, "id")).gt(after.id);
    for (key, value) in order.iter().zip(&after.values).rev() {
        let column = table.column(&key.key)?;
        let (equal, later) = beside(column, key.descending, value.as_ref())?;
        condition = equal.and(condition);
        if let Some(later) = later {
            condition = later.or(condition);
        }
    }
    Ok(condition)
}

/// Whether a column has this value, and whether it comes later; nulls come last going up, first going
/// down.
fn beside(column: &Column, descending: bool, value: Option<&Cell>) -> Result<(Expr, Option<Expr>), StoreError> {
    let this = || column.expr();
    let Some(value) = value else { return Ok((this().is_null(), descending.then(|| this().is_not_null()))) };
    let value = || match (column.kind, value) {
        (Kind::Number, Cell::Number(number)) => Ok(Expr::val(*number)),
        (Kind::Text, Cell::Text(text)) => Ok(Expr::val(text.as_str())),
        (Kind::Id, Cell::Id(id)) => Ok(Expr::val(*id)),
        _ => Err(misplaced()),
    };
    let later = match descending {
        true => this().lt(value()?),
        false => this().gt(value()?).or(this().is_null()),
    };
    Ok((this().eq(value()?), Some(later)))
}

fn misplaced() -> StoreError {
    StoreError::Filter("this place is none of this list".to_owned())
}

/// The rows of a list with a filter or an order of its own.
pub(super) struct Sought {
    table: &'static str,
    condition: Condition,
    /// Tables whose columns the condition names.
    named: Vec<&'static str>,
}

impl Sought {
    pub(super) fn all_sessions(scope: &Scope, statuses: &[Status]) -> Self {
        let status = Expr::col(("sessions", "status")).is_in(ranks(statuses));
        let condition = scope_conditions(scope).add(status);
        Self { table: "sessions", condition, named: Vec::new() }
    }

    pub(super) fn sessions(scope: &Scope, statuses: &[Status], filter: &Filter) -> Result<Self, StoreError> {
        let mut sought = Self::all_sessions(scope, statuses);
        sought.condition = sought.condition.add(condition::of(&SESSIONS, filter, &mut sought.named)?);
        Ok(sought)
    }

    pub(super) fn kernels(
        scope: &Scope,
        session: SessionId,
        role: Option<&str>,
        filter: Option<&Filter>,
    ) -> Result<Self, StoreError> {
        let mut named = vec!["sessions"];
        let mut condition = scope_conditions(scope)
            .add(Expr::col(("kernels", "session_id")).eq(session.0))
            .add_option(role.map(|role| Expr::col(("kernels", "cluster_role")).eq(role)));
        if let Some(filter) = filter {
            condition = condition.add(condition::of(&KERNELS, filter, &mut named)?);
        }
        Ok(Self { table: "kernels", condition, named })
    }

    pub(super) fn count(&self, table: &Table) -> SelectStatement {
        let count = Func::count(Expr::col((table.name, "id")));
        self.joined(&self.named).expr_as(Func::cast_as(count, "bigint"), "total").to_owned()
    }

    /// How many there are in each status.
    pub(super) fn count_by_status(&self) -> SelectStatement {
        let count = Func::count(Expr::col(("sessions", "id")));
        let mut query = self.joined(&self.named);
        query.column(("sessions", "status")).expr_as(Func::cast_as(count, "bigint"), "total");
        query.group_by_col(("sessions", "status")).to_owned()
    }

    /// Only what comes after a place in this order.
    pub(super) fn after(mut self, table: &Table, order: &[OrderKey], after: &After) -> Result<Self, StoreError> {
        for key in order {
            self.named.push(table.column(&key.key)?.table);
        }
        let condition = if order.is_empty() { older(after)? } else { behind(table, order, after)? };
        self.condition = self.condition.add(condition);
        Ok(self)
    }

    pub(super) fn page(&self, table: &Table, order: &[OrderKey], page: Page) -> Result<SelectStatement, StoreError> {
        let mut named = self.named.clone();
        for key in order {
            named.push(table.column(&key.key)?.table);
        }
        let mut query = self.joined(&named);
        query.column((table.name, "id"));
        order_by(&mut query, table, order)?;
        let ties = match order.is_empty() {
            true => {
                query.order_by((table.name, "latest"), Order::Desc);
                Order::Desc
            }
            false => Order::Asc,
        };
        query.order_by((table.name, "id"), ties);
        Ok(limited(query, page))
    }

    fn joined(&self, named: &[&'static str]) -> SelectStatement {
        let mut query = Query::select();
        query.from(self.table).cond_where(self.condition.clone());
        let mut join = |table: &'static str, own: &'static str| {
            if self.table != table && named.contains(&table) {
                let same = Expr::col((table, "id")).equals((self.table, own));
                query.join(JoinType::InnerJoin, table, same);
            }
        };
        join("sessions", "session_id");
        join("users", "user_id");
        join("projects", "group_id");
        query
    }
}

/// The statement in the engine's words. The one place where SQL is not `'static`: it is rendered
/// from an expression tree, in which foreign text is always a bound value.
pub(super) fn rendered(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

pub(crate) async fn fetch<T>(store: &Store, query: &SelectStatement, act: &'static str) -> Result<Vec<T>, StoreError>
where
    T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin,
{
    match store.engine() {
        Engine::Sqlite { readers, .. } => {
            let (text, values) = query.build_sqlx(SqliteQueryBuilder);
            sqlx::query_as_with(rendered(text), values).fetch_all(readers).await
        }
        Engine::Postgres(pool) => {
            let (text, values) = query.build_sqlx(PostgresQueryBuilder);
            sqlx::query_as_with(rendered(text), values).fetch_all(pool).await
        }
    }
    .doing(act)
}
