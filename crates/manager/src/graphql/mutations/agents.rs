//! Mutations of agents.

use async_graphql::{Context, InputObject, Object, Result};
use rollcall_model::manage;
use rollcall_store::Refusal;

use super::frame::{allowed, answered, payloads};
use crate::graphql::queries::LIST_COST;

payloads! {
    /// Answer.
    ModifyAgent {}
}

/// What can be changed of an agent.
#[derive(InputObject)]
#[graphql(rename_fields = "snake_case")]
pub(crate) struct ModifyAgentInput {
    schedulable: Option<bool>,
}

/// The mutations.
#[derive(Default)]
pub(crate) struct AgentMutations;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl AgentMutations {
    #[graphql(complexity = "LIST_COST + child_complexity")]
    async fn modify_agent(
        &self,
        ctx: &Context<'_>,
        id: String,
        props: ModifyAgentInput,
    ) -> Option<Result<ModifyAgent>> {
        answered("modify_agent", async {
            let (app, may) = allowed(ctx, manage::manage).await?;
            let schedulable = props.schedulable.ok_or(Refusal::NothingToUpdate)?;
            app.store().set_schedulable(&may, &id, schedulable).await?;
            Ok(ModifyAgent::default())
        })
        .await
    }
}
