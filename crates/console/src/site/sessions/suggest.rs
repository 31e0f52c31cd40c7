//! GET `/suggest`: what could come next in the search box.

use axum::body::Body;
use axum::extract::RawQuery;
use http::Response;
use maud::html;

use super::{Quotas, search};
use crate::look;
use crate::site::asked::Pairs;
use crate::site::visitor::Visitor;

/// The list below the box.
pub(super) async fn suggest(visitor: Visitor, RawQuery(query): RawQuery) -> Response<Body> {
    let asked = Pairs::parse(query.unwrap_or_default().as_bytes());
    let typed = asked.exact("q");
    let language = visitor.taste.language;
    let client = &visitor.client;
    // Only these two have values that the page cannot know.
    let (mut groups, mut images) = (Vec::new(), Vec::new());
    let last = typed.rsplit(['&', '|', '(']).next().unwrap_or_default().trim_start();
    if last.starts_with("scaling_group ") {
        // Of the projects that one works in: to administrators the page tells others too, but a hint is only that.
        groups = Quotas::ask(client).await.map(|quotas| quotas.groups.into_keys().collect()).unwrap_or_default();
    } else if last.starts_with("image ") {
        images = client
            .images()
            .await
            .map(|images| images.iter().map(rollcall_client::ImageRow::canonical).collect())
            .unwrap_or_default();
    }
    let hints = search::hints(typed, visitor.role, &groups, &images);
    let markup = html! {
        ul #hints.hints role="listbox" aria-label=(language.t("hints")) hidden[hints.is_empty()] {
            @for (place, hint) in hints.iter().enumerate() {
                li id={ "hint-" (place) } role="option" aria-selected="false" data-text=(hint.text) {
                    span.mono { (hint.text) }
                    span.quiet.small { (language.t(hint.says)) }
                }
            }
        }
    };
    look::answer(markup, look::POLICY)
}
