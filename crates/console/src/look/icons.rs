//! Icons, drawn here: strokes on a field of 16 by 16. A page carries those that it may need once.

use maud::{Markup, PreEscaped, html};

const ICONS: &[(&str, &str)] = &[
    ("roll", r#"<path d="M3 3.5h10M3 8h6M3 12.5h10"/><circle cx="12.5" cy="8" r="1.2"/>"#),
    ("summary", r#"<path d="M2.5 13.5v-5M6.2 13.5v-10M9.9 13.5v-7M13.5 13.5v-3"/>"#),
    (
        "sessions",
        r#"<rect x="2" y="2.5" width="12" height="4.5" rx="1"/><rect x="2" y="9" width="12" height="4.5" rx="1"/><path d="M4.5 4.8h.01M4.5 11.3h.01"/>"#,
    ),
    ("person", r#"<circle cx="8" cy="5" r="2.7"/><path d="M2.8 14c.5-3 2.5-4.5 5.2-4.5s4.7 1.5 5.2 4.5"/>"#),
    (
        "people",
        r#"<circle cx="6" cy="5.2" r="2.3"/><path d="M1.8 13.500c.4-2.7 2-4 4.2-4s3.8 1.3 4.2 4M10.5 3.200a2.3 2.3 0 0 1 0 4.200M11.8 9.900c1.4.6 2.2 1.8 2.4 3.6"/>"#,
    ),
    (
        "project",
        r#"<path d="M1.8 4.500a1 1 0 0 1 1-1h3.400l1.5 1.700h5.500a1 1 0 0 1 1 1v6.300a1 1 0 0 1-1 1H2.800a1 1 0 0 1-1-1z"/>"#,
    ),
    (
        "policy",
        r#"<path d="M8 1.800l5 1.900v4.100c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.400V3.700z"/><path d="M5.8 8l1.6 1.6 2.9-3"/>"#,
    ),
    (
        "group",
        r#"<rect x="2" y="2" width="5" height="5" rx="1"/><rect x="9" y="2" width="5" height="5" rx="1"/><rect x="2" y="9" width="5" height="5" rx="1"/><rect x="9" y="9" width="5" height="5" rx="1"/>"#,
    ),
    (
        "agent",
        r#"<rect x="4" y="4" width="8" height="8" rx="1"/><path d="M6.5 1.500v2.500M9.5 1.500v2.500M6.5 12v2.500M9.5 12v2.500M1.5 6.500H4M1.5 9.500H4M12 6.500h2.500M12 9.500h2.5"/>"#,
    ),
    ("terminal", r#"<rect x="1.8" y="2.5" width="12.4" height="11" rx="1.5"/><path d="M4.5 6l2 2-2 2M8.5 10.500h3"/>"#),
    ("logs", r#"<path d="M3.5 1.800h6l3 3v9.400h-9zM5.8 7h4.400M5.8 9.500h4.400M5.8 12h2.5"/>"#),
    ("restart", r#"<path d="M13 8a5 5 0 1 1-1.5-3.500M13 2v3h-3"/>"#),
    ("stop", r#"<circle cx="8" cy="8" r="6"/><path d="M5.8 5.800l4.4 4.400M10.2 5.800l-4.4 4.4"/>"#),
    (
        "again",
        r#"<rect x="5" y="5" width="9" height="9" rx="1.5"/><path d="M11 5V3.500A1.5 1.5 0 0 0 9.5 2h-6A1.5 1.5 0 0 0 2 3.500v6A1.5 1.5 0 0 0 3.5 11H5M9.5 7.500v4M7.5 9.500h4"/>"#,
    ),
    ("play", r#"<circle cx="8" cy="8" r="6"/><path d="M6.7 5.500v5l4-2.500z"/>"#),
    ("clock", r#"<circle cx="8" cy="8" r="6"/><path d="M8 4.500V8l2.4 1.6"/>"#),
    (
        "gear",
        r#"<path d="M8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.800l1.4 1.400M10.8 10.800l1.4 1.400M12.2 3.800l-1.4 1.400M5.2 10.800l-1.4 1.4"/><circle cx="8" cy="8" r="2.2"/>"#,
    ),
    ("done", r#"<circle cx="8" cy="8" r="6"/><path d="M5.4 8.200l1.8 1.8 3.4-3.8"/>"#),
    ("warn", r#"<path d="M8 2.300l6 10.900H2zM8 6.500v3M8 11.300h.01"/>"#),
    ("ending", r#"<path d="M8 2v5M4.5 4.200a5.2 5.2 0 1 0 7 0"/>"#),
    ("search", r#"<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.500L14 14"/>"#),
    (
        "columns",
        r#"<path d="M2.5 4h11M2.5 8h11M2.5 12h11"/><circle cx="5.5" cy="4" r="1.5"/><circle cx="10.5" cy="8" r="1.5"/><circle cx="6.5" cy="12" r="1.5"/>"#,
    ),
    ("star", r#"<path d="M8 2l1.8 3.8 4.1.5-3 2.9.8 4.100L8 11.300l-3.7 2 .8-4.1-3-2.9 4.1-.5z"/>"#),
    ("out", r#"<path d="M8 2v8M4.8 6.800L8 10l3.2-3.200M2.5 12v1.500h11V12"/>"#),
    ("close", r#"<path d="M3.5 3.500l9 9M12.5 3.500l-9 9"/>"#),
    ("pencil", r#"<path d="M3 13l.7-3L11 2.700l2.300 2.300L6 12.300z"/>"#),
    ("up", r#"<path d="M8 13V3M4 7l4-4 4 4"/>"#),
    ("down", r#"<path d="M8 3v10M4 9l4 4 4-4"/>"#),
    ("sort", r#"<path d="M5 2.5v11M2.5 11L5 13.5 7.5 11M11 13.5V2.5M8.5 5L11 2.5 13.5 5"/>"#),
    ("left", r#"<path d="M10 3L5 8l5 5"/>"#),
    ("right", r#"<path d="M6 3l5 5-5 5"/>"#),
    ("plus", r#"<path d="M8 3v10M3 8h10"/>"#),
    ("theme", r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 2.500v11a5.5 5.5 0 0 0 0-11z" fill="currentColor"/>"#),
    ("leave", r#"<path d="M6.5 2.500h-3a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h3M10 11l3-3-3-3M13 8H6"/>"#),
    ("key", r#"<circle cx="5" cy="11" r="2.8"/><path d="M7 9l6-6M11 5l1.8 1.8"/>"#),
    (
        "copy",
        r#"<rect x="5" y="5" width="9" height="9" rx="1.5"/><path d="M11 5V3.500A1.5 1.5 0 0 0 9.5 2h-6A1.5 1.5 0 0 0 2 3.500v6A1.5 1.5 0 0 0 3.5 11H5"/>"#,
    ),
    (
        "help",
        r#"<circle cx="8" cy="8" r="6"/><path d="M6.2 6.300a1.9 1.9 0 1 1 2.6 1.800c-.6.3-.8.6-.8 1.200M8 11.300h.01"/>"#,
    ),
];

/// All of them, hidden, for the head of a page's body.
pub(crate) fn sheet() -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" hidden {
            @for (name, drawing) in ICONS {
                symbol id={ "i-" (name) } viewBox="0 0 16 16" { (PreEscaped(drawing)) }
            }
        }
    }
}

/// One of them. It says nothing by itself: the words stand beside it, or in a label.
pub(crate) fn icon(name: &str) -> Markup {
    debug_assert!(ICONS.iter().any(|(known, _)| *known == name), "no icon {name}");
    html! { svg.icon aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// Their names, for the gallery.
#[cfg(debug_assertions)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ICONS.iter().map(|(name, _)| *name)
}
