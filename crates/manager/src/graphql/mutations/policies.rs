//! Mutations of resource policies of keypairs.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::account::{DefaultForUnspecified, KeypairPolicy};
use rollcall_model::manage;
use rollcall_store::{PolicyChange, Refusal};

use super::frame::{Stop, allowed, answered, payloads};
use super::input;
use crate::graphql::belongings::KeyPairResourcePolicy;
use crate::graphql::queries::LIST_COST;
use crate::graphql::scalars::{BigInt, JsonString};
use crate::manager::now;

payloads! {
    /// Answer.
    CreateKeyPairResourcePolicy { resource_policy: KeyPairResourcePolicy }
    /// Answer.
    ModifyKeyPairResourcePolicy {}
    /// Answer.
    DeleteKeyPairResourcePolicy {}
}

/// A policy to be made. The last two fields are Rollcall's own; zero is no limit and no extension.
#[derive(InputObject)]
#[graphql(name = "CreateKeyPairResourcePolicyInput", rename_fields = "snake_case")]
pub(crate) struct CreatePolicyInput {
    default_for_unspecified: String,
    total_resource_slots: JsonString,
    max_concurrent_sessions: i32,
    max_containers_per_session: i32,
    idle_timeout: BigInt,
    max_vfolder_count: i32,
    max_vfolder_size: BigInt,
    allowed_vfolder_hosts: Option<Vec<Option<String>>>,
    max_session_lifetime: Option<BigInt>,
    max_extension: Option<BigInt>,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(name = "ModifyKeyPairResourcePolicyInput", rename_fields = "snake_case")]
pub(crate) struct ModifyPolicyInput {
    default_for_unspecified: Option<String>,
    total_resource_slots: Option<JsonString>,
    max_concurrent_sessions: Option<i32>,
    max_containers_per_session: Option<i32>,
    idle_timeout: Option<BigInt>,
    max_vfolder_count: Option<i32>,
    max_vfolder_size: Option<BigInt>,
    allowed_vfolder_hosts: Option<Vec<Option<String>>>,
    max_session_lifetime: Option<BigInt>,
    max_extension: Option<BigInt>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct PolicyMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl PolicyMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_keypair_resource_policy(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: CreatePolicyInput,
    ) -> Option<Result<CreateKeyPairResourcePolicy>> {
        answered("create_keypair_resource_policy", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            let made = app.store().create_policy(&may, &props.policy(&name)?).await?;
            let resource_policy = Some(KeyPairResourcePolicy(made));
            Ok(CreateKeyPairResourcePolicy { resource_policy, ..CreateKeyPairResourcePolicy::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_keypair_resource_policy(
        &self,
        ctx: &Context<'_>,
        name: String,
        props: ModifyPolicyInput,
    ) -> Option<Result<ModifyKeyPairResourcePolicy>> {
        answered("modify_keypair_resource_policy", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            if props.is_empty() {
                return Err(Refusal::NothingToUpdate.into());
            }
            app.store().modify_policy(&may, &name, &props.change()?).await?;
            Ok(ModifyKeyPairResourcePolicy::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_keypair_resource_policy(
        &self,
        ctx: &Context<'_>,
        name: String,
    ) -> Option<Result<DeleteKeyPairResourcePolicy>> {
        answered("delete_keypair_resource_policy", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().delete_policy(&may, &name).await?;
            Ok(DeleteKeyPairResourcePolicy::default())
        })
        .await
    }
}

impl CreatePolicyInput {
    fn policy(self, name: &str) -> Result<KeypairPolicy, Stop> {
        input::name(name)?;
        let mut policy =
            KeypairPolicy::unlimited(name, self.max_concurrent_sessions, self.max_containers_per_session, now());
        let change = ModifyPolicyInput {
            default_for_unspecified: Some(self.default_for_unspecified),
            total_resource_slots: Some(self.total_resource_slots),
            max_concurrent_sessions: Some(self.max_concurrent_sessions),
            max_containers_per_session: Some(self.max_containers_per_session),
            idle_timeout: Some(self.idle_timeout),
            max_vfolder_count: Some(self.max_vfolder_count),
            max_vfolder_size: Some(self.max_vfolder_size),
            allowed_vfolder_hosts: self.allowed_vfolder_hosts,
            max_session_lifetime: self.max_session_lifetime,
            max_extension: self.max_extension,
        }
        .change()?;
        policy.default_for_unspecified = change.default_for_unspecified.unwrap_or(policy.default_for_unspecified);
        policy.total_resource_slots = change.total_resource_slots.unwrap_or_default();
        policy.idle_timeout = change.idle_timeout.unwrap_or_default();
        policy.max_vfolder_count = change.max_vfolder_count.unwrap_or_default();
        policy.max_vfolder_size = change.max_vfolder_size.unwrap_or_default();
        policy.allowed_vfolder_hosts = change.allowed_vfolder_hosts.unwrap_or_default();
        policy.max_session_lifetime = change.max_session_lifetime.unwrap_or_default();
        policy.max_extension = change.max_extension.unwrap_or_default();
        Ok(policy)
    }
}

impl ModifyPolicyInput {
    fn is_empty(&self) -> bool {
        let numbers = [self.max_concurrent_sessions, self.max_containers_per_session, self.max_vfolder_count];
        let large = [&self.idle_timeout, &self.max_vfolder_size, &self.max_session_lifetime, &self.max_extension];
        numbers.iter().all(|number| number.is_none())
            && large.iter().all(|number| number.is_none())
            && self.default_for_unspecified.is_none()
            && self.total_resource_slots.is_none()
            && self.allowed_vfolder_hosts.is_none()
    }

    fn change(self) -> Result<PolicyChange, Stop> {
        let plain = |number: Option<BigInt>| number.map(|BigInt(number)| number);
        // A negative idle timeout is the server's default (`session-lifecycle.md` §9).
        input::at_least("max_concurrent_sessions", 0, self.max_concurrent_sessions)?;
        input::at_least("max_containers_per_session", 0, self.max_containers_per_session)?;
        input::at_least("max_vfolder_count", 0, self.max_vfolder_count)?;
        input::at_least("max_vfolder_size", 0, plain(self.max_vfolder_size))?;
        input::at_least("max_session_lifetime", 0, plain(self.max_session_lifetime))?;
        input::at_least("max_extension", 0, plain(self.max_extension))?;
        Ok(PolicyChange {
            default_for_unspecified: self.default_for_unspecified.as_deref().map(unspecified).transpose()?,
            total_resource_slots: input::slots(self.total_resource_slots)?,
            max_concurrent_sessions: self.max_concurrent_sessions,
            max_containers_per_session: self.max_containers_per_session,
            idle_timeout: plain(self.idle_timeout),
            max_vfolder_count: self.max_vfolder_count,
            max_vfolder_size: plain(self.max_vfolder_size),
            allowed_vfolder_hosts: input::texts("folder host", self.allowed_vfolder_hosts)?,
            max_session_lifetime: plain(self.max_session_lifetime),
            max_extension: plain(self.max_extension),
        })
    }
}

fn unspecified(name: &str) -> Result<DefaultForUnspecified, Stop> {
    match name {
        "LIMITED" => Ok(DefaultForUnspecified::Limited),
        "UNLIMITED" => Ok(DefaultForUnspecified::Unlimited),
        _ => Err(Stop::unexpected("default_for_unspecified must be LIMITED or UNLIMITED")),
    }
}
