//! `KeyPair`, `User`, `Group` and what they hold (`graphql.md` §10, with the additions of §9).

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use rollcall_model::access::{self, Caller, Scope, ScopeArguments};
use rollcall_model::account::{self, UserStatus};
use rollcall_model::ids::{AccessKey, GroupId, UserId};
use rollcall_model::list::request::parse_statuses;
use rollcall_model::see;
use rollcall_model::status::Status;
use rollcall_store::GroupName;
use secrecy::{ExposeSecret, SecretString};

use super::belongings::texts;
use super::queries::LIST_COST;
use super::scalars::{JsonString, Moment, UuidValue};
use super::session::ComputeSession;
use super::storage::VirtualFolder;
use super::together::{Together, TogetherBy};
use crate::error::{nullable, told};
use crate::manager::App;

/// A keypair.
#[derive(Clone)]
pub(crate) struct KeyPair {
    row: account::Keypair,
    page: Arc<KeyPairPage>,
    /// Of a key that was just made, for its maker.
    made: Option<SecretString>,
}

/// What the keypairs of a page ask for together.
struct KeyPairPage {
    groups: Together<UserId, Vec<GroupName>>,
    concurrency: Together<AccessKey, i32>,
    sessions: TogetherBy<Vec<Status>, AccessKey, Vec<ComputeSession>>,
}

impl KeyPair {
    pub(crate) fn one(row: account::Keypair) -> Self {
        let page = Arc::new(KeyPairPage::of(std::slice::from_ref(&row)));
        Self { row, page, made: None }
    }

    /// A key that was just made, with the secret half: for its maker, this once.
    pub(crate) fn made(row: account::Keypair, secret: SecretString) -> Self {
        Self { made: Some(secret), ..Self::one(row) }
    }

    pub(crate) fn page(rows: Vec<account::Keypair>) -> Vec<Option<Self>> {
        let page = Arc::new(KeyPairPage::of(&rows));
        rows.into_iter().map(|row| Some(Self { row, page: Arc::clone(&page), made: None })).collect()
    }
}

impl KeyPairPage {
    fn of(rows: &[account::Keypair]) -> Self {
        Self {
            groups: Together::new(rows.iter().map(|row| row.user_id).collect()),
            concurrency: Together::new(rows.iter().map(|row| row.access_key.clone()).collect()),
            sessions: TogetherBy::new(rows.iter().map(|row| row.access_key.clone()).collect()),
        }
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl KeyPair {
    pub(crate) async fn id(&self) -> Option<ID> {
        Some(ID(self.row.access_key.as_str().to_owned()))
    }

    /// The owner's e-mail, for all that the name says.
    async fn user_id(&self) -> Option<&str> {
        Some(&self.row.email)
    }

    async fn full_name(&self) -> Option<&str> {
        Some(&self.row.full_name)
    }

    async fn access_key(&self) -> Option<&str> {
        Some(self.row.access_key.as_str())
    }

    /// Null but for the caller's own keys (`see_secret`), and in the answer that makes one.
    async fn secret_key(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            if let Some(secret) = &self.made {
                return Ok(Some(secret.expose_secret().to_owned()));
            }
            if see::see_secret(ctx.data::<Caller>()?, self.row.user_id, self.row.is_admin).is_err() {
                return Ok(None);
            }
            let key = ctx.data::<App>()?.store().signing_key(&self.row.access_key).await.map_err(told)?;
            Ok(key.map(|key| key.secret.expose_secret().to_owned()))
        })
        .await
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.row.is_active)
    }

    async fn is_admin(&self) -> Option<bool> {
        Some(self.row.is_admin)
    }

    async fn resource_policy(&self) -> Option<&str> {
        Some(&self.row.resource_policy)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.row.created_at))
    }

    async fn last_used(&self) -> Option<Moment> {
        self.row.last_used.map(Moment)
    }

    async fn concurrency_used(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |keys: Vec<AccessKey>| async move { store.concurrency_of(&keys).await };
            self.page.concurrency.of(&self.row.access_key, load).await.map(Some)
        })
        .await
    }

    async fn rate_limit(&self) -> Option<i32> {
        Some(self.row.rate_limit)
    }

    async fn num_queries(&self) -> Option<i32> {
        Some(i32::try_from(self.row.num_queries).unwrap_or(i32::MAX))
    }

    async fn user(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row.user_id.0))
    }

    async fn ssh_public_key(&self) -> Option<&str> {
        self.row.ssh_public_key.as_deref()
    }

    /// The newest of its sessions, at most 100. Null for a key whose sessions the caller may not see.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn compute_sessions(
        &self,
        ctx: &Context<'_>,
        status: Option<String>,
    ) -> Option<Result<Vec<Option<ComputeSession>>>> {
        nullable(async {
            let statuses = status.as_deref().map_or(Ok(Status::ALL.to_vec()), parse_statuses)?;
            let key = &self.row.access_key;
            let visible = |scope: &Scope| scope.access_key().is_none_or(|own| own == key);
            let scope = access::session_scope(ctx.data::<Caller>()?, ScopeArguments::default()).map_err(told)?;
            if !visible(&scope) {
                return Ok(None);
            }
            let store = ctx.data::<App>()?.store();
            let chosen = statuses.clone();
            let load = |keys: Vec<AccessKey>| async move {
                let found = store.sessions_of_keys(&scope, &keys, &chosen).await?;
                let mut sessions: HashMap<AccessKey, Vec<ComputeSession>> = HashMap::new();
                for session in ComputeSession::page(scope, found.into_values().flatten().collect()) {
                    sessions.entry(session.row().access_key.clone()).or_default().push(session);
                }
                Ok(sessions)
            };
            let found = self.page.sessions.by(statuses).of(key, load).await?;
            Ok(Some(found.into_iter().map(Some).collect()))
        })
        .await
    }

    /// There is no storage here.
    async fn vfolders(&self) -> Option<Vec<Option<VirtualFolder>>> {
        Some(Vec::new())
    }

    async fn user_info(&self) -> Option<UserInfo> {
        Some(UserInfo { email: Some(self.row.email.clone()), full_name: Some(self.row.full_name.clone()) })
    }

    async fn concurrency_limit(&self) -> Option<i32> {
        None
    }

    async fn projects(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |users: Vec<UserId>| async move { store.groups_of_users(&users).await };
            let groups = self.page.groups.of(&self.row.user_id, load).await?;
            Ok(Some(groups.into_iter().map(|group| Some(group.name)).collect()))
        })
        .await
    }
}

/// A keypair's owner in short.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct UserInfo {
    email: Option<String>,
    full_name: Option<String>,
}

/// A person.
#[derive(Clone)]
pub(crate) struct User {
    row: account::User,
    page: Arc<UserPage>,
}

/// What the people of a page ask for together.
struct UserPage {
    groups: Together<UserId, Vec<GroupName>>,
    main_keys: Together<UserId, Option<AccessKey>>,
}

impl User {
    pub(crate) fn one(row: account::User) -> Self {
        let page = Arc::new(UserPage::of(std::slice::from_ref(&row)));
        Self { row, page }
    }

    pub(crate) fn page(rows: Vec<account::User>) -> Vec<Option<Self>> {
        let page = Arc::new(UserPage::of(&rows));
        rows.into_iter().map(|row| Some(Self { row, page: Arc::clone(&page) })).collect()
    }
}

impl UserPage {
    fn of(rows: &[account::User]) -> Self {
        let ids = || rows.iter().map(|row| row.id).collect();
        Self { groups: Together::new(ids()), main_keys: Together::new(ids()) }
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl User {
    pub(crate) async fn id(&self) -> Option<ID> {
        Some(ID(self.row.id.to_string()))
    }

    async fn uuid(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row.id.0))
    }

    async fn username(&self) -> Option<&str> {
        Some(&self.row.username)
    }

    async fn email(&self) -> Option<&str> {
        Some(&self.row.email)
    }

    async fn need_password_change(&self) -> Option<bool> {
        Some(self.row.need_password_change)
    }

    async fn full_name(&self) -> Option<&str> {
        Some(&self.row.full_name)
    }

    async fn description(&self) -> Option<&str> {
        Some(&self.row.description)
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.row.status == UserStatus::Active)
    }

    async fn status(&self) -> Option<&str> {
        Some(self.row.status.as_str())
    }

    async fn status_info(&self) -> Option<&str> {
        self.row.status_info.as_deref()
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.row.created_at))
    }

    async fn modified_at(&self) -> Option<Moment> {
        Some(Moment(self.row.modified_at))
    }

    async fn domain_name(&self) -> Option<&str> {
        Some(self.row.domain.as_str())
    }

    async fn role(&self) -> Option<&str> {
        Some(self.row.role.as_str())
    }

    async fn groups(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<UserGroup>>>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |users: Vec<UserId>| async move { store.groups_of_users(&users).await };
            let groups = self.page.groups.of(&self.row.id, load).await?;
            let in_short = |group: GroupName| UserGroup { id: Some(UuidValue(group.id.0)), name: Some(group.name) };
            Ok(Some(groups.into_iter().map(in_short).map(Some).collect()))
        })
        .await
    }

    async fn allowed_client_ip(&self) -> Option<Vec<Option<String>>> {
        None
    }

    async fn totp_activated(&self) -> Option<bool> {
        Some(false)
    }

    async fn sudo_session_enabled(&self) -> Option<bool> {
        Some(false)
    }

    async fn main_access_key(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |users: Vec<UserId>| async move { store.main_keys_of(&users).await };
            Ok(self.page.main_keys.of(&self.row.id, load).await?.map(|key| key.0))
        })
        .await
    }
}

/// A project in short.
#[derive(SimpleObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct UserGroup {
    id: Option<UuidValue>,
    name: Option<String>,
}

/// A project.
pub(crate) struct Group {
    row: account::Group,
    scaling_groups: Arc<Together<GroupId, Vec<String>>>,
}

impl Group {
    pub(crate) fn one(row: account::Group) -> Self {
        let scaling_groups = Arc::new(Together::new(vec![row.id]));
        Self { row, scaling_groups }
    }

    pub(crate) fn page(rows: Vec<account::Group>) -> Vec<Option<Self>> {
        let together = Arc::new(Together::new(rows.iter().map(|row| row.id).collect()));
        rows.into_iter().map(|row| Some(Self { row, scaling_groups: Arc::clone(&together) })).collect()
    }
}

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Group {
    async fn id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.row.id.0))
    }

    async fn name(&self) -> Option<&str> {
        Some(&self.row.name)
    }

    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.row.is_active)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.row.created_at))
    }

    async fn modified_at(&self) -> Option<Moment> {
        Some(Moment(self.row.modified_at))
    }

    async fn domain_name(&self) -> Option<&str> {
        Some(self.row.domain.as_str())
    }

    async fn total_resource_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.row.total_resource_slots))
    }

    async fn allowed_vfolder_hosts(&self) -> Option<Vec<Option<&str>>> {
        texts(&self.row.allowed_vfolder_hosts)
    }

    async fn integration_id(&self) -> Option<&str> {
        self.row.integration_id.as_deref()
    }

    /// Resource groups that a project has besides its domain's.
    async fn scaling_groups(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        nullable(async {
            let store = ctx.data::<App>()?.store();
            let load = |groups: Vec<GroupId>| async move { store.resource_groups_of_groups(&groups).await };
            let names = self.scaling_groups.of(&self.row.id, load).await?;
            Ok(Some(names.into_iter().map(Some).collect()))
        })
        .await
    }
}
