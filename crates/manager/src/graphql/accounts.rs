//! `KeyPair`, `User`, `Group` and what they hold (`graphql.md` §10, with the additions of §9).

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use rollcall_model::account::{self, UserStatus};
use secrecy::ExposeSecret;

use super::scalars::{JsonString, Moment, UuidValue};
use super::session::ComputeSession;
use crate::error::{nullable, told};
use crate::manager::App;
use rollcall_model::access::Caller;

/// A keypair.
pub(crate) struct KeyPair(pub(crate) account::Keypair);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl KeyPair {
    async fn id(&self) -> Option<ID> {
        Some(ID(self.0.access_key.as_str().to_owned()))
    }

    /// The owner's e-mail, for all that the name says.
    async fn user_id(&self) -> Option<&str> {
        Some(&self.0.email)
    }

    async fn full_name(&self) -> Option<&str> {
        Some(&self.0.full_name)
    }

    async fn access_key(&self) -> Option<&str> {
        Some(self.0.access_key.as_str())
    }

    /// Null but for the caller's own keys.
    async fn secret_key(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            if self.0.user_id != ctx.data::<Caller>()?.identity().user_id {
                return Ok(None);
            }
            let key = ctx.data::<App>()?.store().signing_key(&self.0.access_key).await.map_err(told)?;
            Ok(key.map(|key| key.secret.expose_secret().to_owned()))
        })
        .await
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.0.is_active)
    }

    async fn is_admin(&self) -> Option<bool> {
        Some(self.0.is_admin)
    }

    async fn resource_policy(&self) -> Option<&str> {
        Some(&self.0.resource_policy)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.0.created_at))
    }

    async fn last_used(&self) -> Option<Moment> {
        self.0.last_used.map(Moment)
    }

    async fn concurrency_used(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        nullable(async { ctx.data::<App>()?.store().concurrency_used(&self.0).await.map(Some).map_err(told) }).await
    }

    async fn rate_limit(&self) -> Option<i32> {
        Some(self.0.rate_limit)
    }

    async fn num_queries(&self) -> Option<i32> {
        Some(i32::try_from(self.0.num_queries).unwrap_or(i32::MAX))
    }

    async fn user(&self) -> Option<UuidValue> {
        Some(UuidValue(self.0.user_id.0))
    }

    async fn ssh_public_key(&self) -> Option<String> {
        None
    }

    async fn compute_sessions(
        &self,
        #[graphql(name = "status")] _status: Option<String>,
    ) -> Option<Vec<Option<ComputeSession>>> {
        None
    }

    async fn user_info(&self) -> Option<UserInfo> {
        Some(UserInfo { email: Some(self.0.email.clone()), full_name: Some(self.0.full_name.clone()) })
    }

    async fn concurrency_limit(&self) -> Option<i32> {
        None
    }

    async fn projects(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<String>>>> {
        nullable(async {
            let groups = ctx.data::<App>()?.store().groups_of_user(self.0.user_id).await.map_err(told)?;
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
pub(crate) struct User(pub(crate) account::User);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl User {
    async fn id(&self) -> Option<ID> {
        Some(ID(self.0.id.to_string()))
    }

    async fn uuid(&self) -> Option<UuidValue> {
        Some(UuidValue(self.0.id.0))
    }

    async fn username(&self) -> Option<&str> {
        Some(&self.0.username)
    }

    async fn email(&self) -> Option<&str> {
        Some(&self.0.email)
    }

    async fn need_password_change(&self) -> Option<bool> {
        Some(self.0.need_password_change)
    }

    async fn full_name(&self) -> Option<&str> {
        Some(&self.0.full_name)
    }

    async fn description(&self) -> Option<&str> {
        Some(&self.0.description)
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.0.status == UserStatus::Active)
    }

    async fn status(&self) -> Option<&str> {
        Some(self.0.status.as_str())
    }

    async fn status_info(&self) -> Option<&str> {
        self.0.status_info.as_deref()
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.0.created_at))
    }

    async fn modified_at(&self) -> Option<Moment> {
        Some(Moment(self.0.modified_at))
    }

    async fn domain_name(&self) -> Option<&str> {
        Some(self.0.domain.as_str())
    }

    async fn role(&self) -> Option<&str> {
        Some(self.0.role.as_str())
    }

    async fn groups(&self, ctx: &Context<'_>) -> Option<Result<Vec<Option<UserGroup>>>> {
        nullable(async {
            let groups = ctx.data::<App>()?.store().groups_of_user(self.0.id).await.map_err(told)?;
            let in_short =
                |group: account::Group| UserGroup { id: Some(UuidValue(group.id.0)), name: Some(group.name) };
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
            let key = ctx.data::<App>()?.store().login_key(self.0.id).await.map_err(told)?;
            Ok(key.map(|(access_key, _)| access_key.0))
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
pub(crate) struct Group(pub(crate) account::Group);

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Group {
    async fn id(&self) -> Option<UuidValue> {
        Some(UuidValue(self.0.id.0))
    }

    async fn name(&self) -> Option<&str> {
        Some(&self.0.name)
    }

    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    async fn is_active(&self) -> Option<bool> {
        Some(self.0.is_active)
    }

    async fn created_at(&self) -> Option<Moment> {
        Some(Moment(self.0.created_at))
    }

    async fn modified_at(&self) -> Option<Moment> {
        Some(Moment(self.0.modified_at))
    }

    async fn domain_name(&self) -> Option<&str> {
        Some(self.0.domain.as_str())
    }

    async fn total_resource_slots(&self) -> Option<JsonString> {
        Some(JsonString::slots(&self.0.total_resource_slots))
    }

    async fn allowed_vfolder_hosts(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }

    async fn integration_id(&self) -> Option<String> {
        None
    }

    /// Resource groups that a project has besides its domain's: none so far.
    async fn scaling_groups(&self) -> Option<Vec<Option<String>>> {
        Some(Vec::new())
    }
}
