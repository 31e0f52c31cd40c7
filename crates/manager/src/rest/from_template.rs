//! POST `/session/_/create-from-template` (`rest.md` §3.2): what the template says are defaults.

use axum::extract::State;
use axum::response::Response;
use http::Method;
use rollcall_lifecycle::script;
use rollcall_model::access::Create;
use rollcall_model::ids::TemplateId;
use rollcall_model::own::SeeTemplates;
use rollcall_model::template::TemplateKind;
use rollcall_wire::parameters::missing;
use rollcall_wire::problem::ProblemType;
use rollcall_wire::session::CreateRequest;
use rollcall_wire::templates::{Defaults, FromTemplate, NOT_GIVEN, from_template};

use super::create::start;
use super::owner::permit;
use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::http::params::Input;
use crate::manager::App;
use crate::routes::{Access, Guard, Routes};

/// The route.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.on(Access::Signed, Guard::Writes, Method::POST, "/session/_/create-from-template", create)
}

async fn create(State(app): State<App>, Signed(caller): Signed, input: Input) -> Result<Response, ApiError> {
    let owner = input.owner.as_deref().filter(|owner| *owner != NOT_GIVEN);
    let permit = permit::<Create>(&app, &caller, owner).await?;
    let mut parameters = input.parameters;
    if !parameters.has(&["template_id", "templateId"]) {
        return Err(missing("template_id").into());
    }
    // A template that one may not see, one that is not there, and what is no id at all: one answer.
    let id = parameters.text(&["template_id", "templateId"]).and_then(|id| id.parse::<TemplateId>().ok());
    let found = match id {
        Some(id) => app.store().template(&SeeTemplates::of(&caller), TemplateKind::Task, id).await?,
        None => None,
    };
    let found = found.ok_or_else(|| ApiError::of(ProblemType::TaskTemplateNotFound))?;
    let defaults = Defaults { group: &found.group_name, domain: found.template.domain.as_str() };
    let request = with_script(from_template(&found.template.body, defaults, parameters)?);
    start(&app, &caller, &permit, request).await
}

/// The clone goes before the script, so that the script finds what was cloned. A script that is none
/// stays as it is, and is refused as such.
fn with_script(made: FromTemplate) -> CreateRequest {
    let FromTemplate { mut request, bootstrap, git } = made;
    let given = request.bootstrap_script.take();
    request.bootstrap_script = match (given, git) {
        (Some(given), None) => Some(given),
        (None, None) => bootstrap.map(|own| script::encode(&own)),
        (None, Some(git)) => Some(script::encode(&git.before(&bootstrap.unwrap_or_default()))),
        (Some(given), Some(git)) => {
            let whole = script::decode(&given).map(|clear| script::encode(&git.before(&clear)));
            Some(whole.unwrap_or(given))
        }
    };
    request
}
