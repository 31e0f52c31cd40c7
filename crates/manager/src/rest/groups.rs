//! Projects named by a request: those that the caller may not know of are as good as none.

use rollcall_model::access::Caller;
use rollcall_model::account::Group;
use rollcall_model::ids::GroupId;
use rollcall_model::resources::knows_group;
use rollcall_wire::problem::ProblemType;
use uuid::Uuid;

use crate::error::ApiError;
use crate::manager::App;

/// The project of that id, or of that name in the caller's domain.
pub(crate) async fn group(app: &App, caller: &Caller, reference: &str) -> Result<Group, ApiError> {
    let found = match Uuid::parse_str(reference) {
        Ok(id) => app.store().group_by_id(GroupId(id)).await?,
        Err(_) => app.store().group_by_name(caller.domain(), reference).await?,
    };
    let none = || ApiError::of(ProblemType::GroupNotFound);
    let group = found.ok_or_else(none)?;
    let member = app.store().is_member(group.id, caller.identity().user_id).await?;
    if knows_group(caller, &group, member) { Ok(group) } else { Err(none()) }
}
