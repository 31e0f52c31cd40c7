//! Pages of people and keypairs with a filter and an order of their own (`graphql.md` §5).

use rollcall_model::account::{Keypair, User};
use rollcall_model::ids::DomainName;
use rollcall_model::list::request::RowsRequest;
use rollcall_model::see::{SeeKeypairs, SeeUsers};
use sea_query::{Condition, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::people::{KeypairRow, UserRow};
use super::seen::UserFilter;
use crate::codec::storable;
use crate::sessions::condition::{self, Kind};
use crate::sessions::list::TotalRow;
use crate::sessions::query::{self, Table, column, computed};
use crate::{ListPage, Store, StoreError};

/// People. Statuses and roles are texts here and ranks in the languages.
const USERS: Table = Table {
    name: "users",
    columns: &[
        ("uuid", column("users", "id", Kind::Id)),
        ("username", column("users", "username", Kind::Text)),
        ("email", column("users", "email", Kind::Text)),
        ("need_password_change", column("users", "need_password_change", Kind::Truth)),
        ("full_name", column("users", "full_name", Kind::Text)),
        ("description", column("users", "description", Kind::Text)),
        (
            "status",
            computed(
                "users",
                "(CASE users.status WHEN 'active' THEN 0 WHEN 'inactive' THEN 1 WHEN 'deleted' THEN 2 ELSE 3 END)",
                Kind::Number,
            ),
        ),
        ("status_info", column("users", "status_info", Kind::Text)),
        ("created_at", column("users", "created_at", Kind::Number)),
        ("modified_at", column("users", "modified_at", Kind::Number)),
        ("domain_name", column("users", "domain_name", Kind::Text)),
        (
            "role",
            computed(
                "users",
                "(CASE users.role WHEN 'superadmin' THEN 0 WHEN 'admin' THEN 1 WHEN 'user' THEN 2 ELSE 3 END)",
                Kind::Number,
            ),
        ),
    ],
};

/// Keypairs, with their owners joined. What counts for concurrency is what
/// [`Store::concurrency_of`] counts.
const KEYPAIRS: Table = Table {
    name: "keypairs",
    columns: &[
        ("access_key", column("keypairs", "access_key", Kind::Text)),
        ("user_id", column("keypairs", "user_id", Kind::Id)),
        ("email", column("users", "email", Kind::Text)),
        ("full_name", column("users", "full_name", Kind::Text)),
        ("is_active", column("keypairs", "is_active", Kind::Truth)),
        ("is_admin", column("keypairs", "is_admin", Kind::Truth)),
        ("resource_policy", column("keypairs", "resource_policy", Kind::Text)),
        ("created_at", column("keypairs", "created_at", Kind::Number)),
        ("last_used", column("keypairs", "last_used", Kind::Number)),
        (
            "concurrency_used",
            computed(
                "keypairs",
                "(SELECT COUNT(*) FROM sessions s WHERE s.access_key = keypairs.access_key \
                 AND s.status IN (1, 2, 3, 4, 5, 6, 7, 8, 11) AND NOT (s.status = 11 AND EXISTS \
                 (SELECT 1 FROM agents a WHERE a.id = s.agent AND a.status = 'LOST')))",
                Kind::Number,
            ),
        ),
        ("rate_limit", column("keypairs", "rate_limit", Kind::Number)),
        ("num_queries", column("keypairs", "num_queries", Kind::Number)),
        ("ssh_public_key", column("keypairs", "ssh_public_key", Kind::Text)),
    ],
};

/// What a row of [`USERS`] is made of.
const USER_COLUMNS: [(&str, &str); 12] = [
    ("users", "id"),
    ("users", "username"),
    ("users", "email"),
    ("users", "full_name"),
    ("users", "description"),
    ("users", "status"),
    ("users", "status_info"),
    ("users", "need_password_change"),
    ("users", "role"),
    ("users", "domain_name"),
    ("users", "created_at"),
    ("users", "modified_at"),
];

/// What a row of [`KEYPAIRS`] is made of.
const KEYPAIR_COLUMNS: [(&str, &str); 12] = [
    ("keypairs", "access_key"),
    ("keypairs", "user_id"),
    ("users", "email"),
    ("users", "full_name"),
    ("keypairs", "is_active"),
    ("keypairs", "is_admin"),
    ("keypairs", "resource_policy"),
    ("keypairs", "rate_limit"),
    ("keypairs", "num_queries"),
    ("keypairs", "last_used"),
    ("keypairs", "created_at"),
    ("keypairs", "ssh_public_key"),
];

/// The condition of a request's filter.
pub(crate) fn filtered(table: &Table, request: &RowsRequest) -> Result<Option<Expr>, StoreError> {
    // Whatever a filter names is joined always.
    request.filter.as_ref().map(|filter| condition::of(table, filter, &mut Vec::new())).transpose()
}

impl Store {
    /// One page of people, and how many there are; the newest first unless asked otherwise.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn list_users(
        &self,
        see: &SeeUsers,
        filter: &UserFilter,
        request: &RowsRequest,
    ) -> Result<ListPage<User>, StoreError> {
        let domain = see.domain().map(DomainName::as_str);
        if !domain.is_none_or(storable) {
            return Ok(ListPage::empty());
        }
        let own = |name: &'static str| Expr::col(("users", name));
        let members = filter.group.map(|group| {
            let members = Query::select()
                .column(("memberships", "user_id"))
                .from("memberships")
                .cond_where(Expr::col(("memberships", "project_id")).eq(group.0))
                .to_owned();
            own("id").in_subquery(members)
        });
        let condition = Condition::all()
            .add_option(domain.map(|domain| own("domain_name").eq(domain)))
            .add_option(filter.status_is().map(|status| own("status").eq(status)))
            .add_option(filter.status_is_not().map(|status| own("status").ne(status)))
            .add_option(members)
            .add_option(filtered(&USERS, request)?);
        let rows = Query::select().from("users").cond_where(condition).to_owned();
        let page = self.page::<UserRow>(&USERS, rows, &USER_COLUMNS, ("users", "email"), request).await?;
        let items = page.items.into_iter().map(UserRow::user).collect::<Result<_, _>>()?;
        Ok(ListPage { items, total: page.total })
    }

    /// One page of keypairs, and how many there are; the newest first unless asked otherwise.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Filter`].
    pub async fn list_keypairs(
        &self,
        see: &SeeKeypairs,
        is_active: Option<bool>,
        request: &RowsRequest,
    ) -> Result<ListPage<Keypair>, StoreError> {
        let domain = see.domain().map(DomainName::as_str);
        if !domain.is_none_or(storable) || !see.email().is_none_or(storable) {
            return Ok(ListPage::empty());
        }
        let condition = Condition::all()
            .add_option(domain.map(|domain| Expr::col(("users", "domain_name")).eq(domain)))
            .add_option(see.email().map(|email| Expr::col(("users", "email")).eq(email)))
            .add_option(is_active.map(|is_active| Expr::col(("keypairs", "is_active")).eq(is_active)))
            .add_option(filtered(&KEYPAIRS, request)?);
        let rows = Query::select()
            .from("keypairs")
            .join(JoinType::InnerJoin, "users", Expr::col(("users", "id")).equals(("keypairs", "user_id")))
            .cond_where(condition)
            .to_owned();
        let columns = &KEYPAIR_COLUMNS;
        let page = self.page::<KeypairRow>(&KEYPAIRS, rows, columns, ("keypairs", "access_key"), request).await?;
        Ok(ListPage { items: page.items.into_iter().map(Keypair::from).collect(), total: page.total })
    }

    /// One page of `rows`, the newest first without an order; `ties`, which is unique, decides the rest.
    async fn page<R>(
        &self,
        table: &Table,
        rows: SelectStatement,
        columns: &[(&'static str, &'static str)],
        ties: (&'static str, &'static str),
        request: &RowsRequest,
    ) -> Result<ListPage<R>, StoreError>
    where
        R: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin,
    {
        let count = Func::count(Expr::col(ties));
        let total = rows.clone().expr_as(Func::cast_as(count, "bigint"), "total").to_owned();
        let total: Vec<TotalRow> = query::fetch(self, &total, "counting a list").await?;
        let total = total.first().map_or(0, |row| row.total);
        if request.page.limit() == 0 {
            return Ok(ListPage { items: Vec::new(), total });
        }
        let mut page = rows;
        page.columns(columns.iter().copied());
        if request.order.is_empty() {
            page.order_by((table.name, "created_at"), Order::Desc);
        } else {
            query::order_by(&mut page, table, &request.order)?;
        }
        page.order_by(ties, Order::Asc);
        let items = query::fetch(self, &query::limited(page, request.page), "reading a list").await?;
        Ok(ListPage { items, total })
    }
}
