//! `/image/import` (`rest.md` §10): sessions here are sandboxed processes, so no image is ever built.

use http::Method;
use rollcall_wire::problem::ProblemType;

use crate::auth::signed::Signed;
use crate::error::ApiError;
use crate::routes::{Access, Guard, Routes};

/// The routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(Access::Admin, "/image/import", refuse).on(
        Access::Admin,
        Guard::Writes,
        Method::POST,
        "/image/import",
        refuse,
    )
}

/// GET the form, POST an import.
pub(crate) async fn refuse(_signed: Signed) -> ApiError {
    ApiError::msg(ProblemType::NotImplemented, "This server cannot import images.")
}
