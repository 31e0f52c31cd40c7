//! The GraphQL part of the API (`graphql.md`). Field and argument names are the contract's, in
//! snake_case; every field may be null. Answers keep the order of the query's selection.

mod accounts;
mod belongings;
mod container;
mod document;
pub(crate) mod endpoint;
mod equipment;
mod interfaces;
mod legacy;
mod lists;
mod mutations;
mod queries;
mod remaining;
mod scalars;
mod session;
mod storage;
mod together;
mod waiting;

use async_graphql::EmptySubscription;

use mutations::Mutations;
use queries::Queries;

/// The schema.
pub(crate) type Schema = async_graphql::Schema<Queries, Mutations, EmptySubscription>;

/// Deep enough for the introspection query of common tools, which nests `ofType`.
const MAX_DEPTH: usize = 16;
/// A page with every field is near 100; a list at the root counts [`queries::LIST_COST`] more.
const MAX_COMPLEXITY: usize = 1000;
/// Directives on one field.
const MAX_DIRECTIVES: usize = 8;

/// Builds the schema once.
pub(crate) fn schema() -> Schema {
    Schema::build(Queries::default(), Mutations::default(), EmptySubscription)
        .register_output_type::<interfaces::Item>()
        .register_output_type::<interfaces::PaginatedList>()
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES)
        .disable_suggestions()
        .finish()
}
