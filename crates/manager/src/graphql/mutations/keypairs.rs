//! Mutations of keypairs.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::ids::AccessKey;
use rollcall_model::manage;
use rollcall_store::{KeypairChange, NewKeypair};

use super::frame::{allowed, answered, payloads};
use super::input;
use crate::auth::password::in_turn;
use crate::graphql::accounts::KeyPair;
use crate::graphql::queries::LIST_COST;
use crate::manager::now;

payloads! {
    /// Answer; the only place where the secret half is told to somebody else than the owner.
    CreateKeyPair { keypair: KeyPair }
    /// Answer.
    ModifyKeyPair {}
    /// Answer.
    DeleteKeyPair {}
}

/// A keypair to be made.
#[derive(InputObject)]
#[graphql(name = "KeyPairInput", rename_fields = "snake_case")]
pub(crate) struct KeyPairInput {
    is_active: Option<bool>,
    is_admin: Option<bool>,
    resource_policy: String,
    /// Has never limited anything: the policy does.
    concurrency_limit: Option<i32>,
    rate_limit: i32,
}

/// What to change; null leaves it.
#[derive(InputObject)]
#[graphql(name = "ModifyKeyPairInput", rename_fields = "snake_case")]
pub(crate) struct ModifyKeyPairInput {
    is_active: Option<bool>,
    is_admin: Option<bool>,
    resource_policy: Option<String>,
    /// Has never limited anything: the policy does.
    concurrency_limit: Option<i32>,
    rate_limit: Option<i32>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct KeyPairMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl KeyPairMutations {
    /// `user_id` is the owner's e-mail.
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn create_keypair(
        &self,
        ctx: &Context<'_>,
        user_id: String,
        props: KeyPairInput,
    ) -> Option<Result<CreateKeyPair>> {
        answered("create_keypair", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            input::at_least("rate_limit", 1, Some(props.rate_limit))?;
            let (active, admin) = (props.is_active.unwrap_or(true), props.is_admin.unwrap_or(false));
            let drawn = in_turn(app, move || NewKeypair::draw(active, admin, &props.resource_policy, props.rate_limit));
            let new = drawn.await?;
            let made = app.store().create_keypair(&may, &user_id, &new, now()).await?;
            let keypair = Some(KeyPair::made(made, new.secret_key));
            Ok(CreateKeyPair { keypair, ..CreateKeyPair::default() })
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_keypair(
        &self,
        ctx: &Context<'_>,
        access_key: String,
        props: ModifyKeyPairInput,
    ) -> Option<Result<ModifyKeyPair>> {
        answered("modify_keypair", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            input::at_least("rate_limit", 1, props.rate_limit)?;
            let change = KeypairChange {
                is_active: props.is_active,
                is_admin: props.is_admin,
                resource_policy: props.resource_policy,
                rate_limit: props.rate_limit,
            };
            app.store().modify_keypair(&may, &AccessKey(access_key), &change).await?;
            Ok(ModifyKeyPair::default())
        })
        .await
    }

    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn delete_keypair(&self, ctx: &Context<'_>, access_key: String) -> Option<Result<DeleteKeyPair>> {
        answered("delete_keypair", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            app.store().delete_keypair(&may, &AccessKey(access_key)).await?;
            Ok(DeleteKeyPair::default())
        })
        .await
    }
}
