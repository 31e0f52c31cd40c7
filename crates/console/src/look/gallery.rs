//! Every component on one page, for who changes one: `/dev/gallery`, in debug builds.

use maud::{Markup, html};

use super::parts::{Tone, bar, chip, empty, field, icon_link, moment, note, since, sparkline};
use super::{Taste, document, icons, sheet};

/// The page.
pub(crate) fn gallery(taste: Taste) -> Markup {
    let tones = [
        (Tone::Good, "play", "RUNNING"),
        (Tone::Wait, "clock", "PENDING"),
        (Tone::Bad, "warn", "ERROR"),
        (Tone::Calm, "done", "TERMINATED"),
    ];
    let curve: Vec<Option<f64>> = (0..40).map(|at| (at != 12).then(|| f64::from(at % 9) / 4.0)).collect();
    let body = html! {
        body {
            (sheet())
            main.stack {
                h1 { "Components" }
                section.panel { h2 { "chip" } p { @for (tone, icon, word) in tones { (chip(tone, icon, word)) " " } } }
                section.panel { h2 { "note" } @for (tone, _, word) in tones { (note(tone, word)) } }
                section.panel { h2 { "bar" } @for used in [0.0, 0.4, 0.95, 3.0] { p { (bar(used, 1.0)) } } }
                section.panel { h2 { "sparkline" } (sparkline(&curve, 2.0, "CPU of ten minutes")) }
                section.panel { h2 { "button" }
                    p.acts { button.button { "button" } button.button.main { "main" } button.button.bad { "bad" } button.button.plain { "plain" } button.button disabled { "disabled" } }
                    p.acts { (icon_link("#", "terminal", "Terminal", "", None)) (icon_link("#", "stop", "Terminate", "bad", None)) }
                }
                section.panel.narrow { h2 { "field" }
                    (field("a", "Label", &html! { input id="a" value="value"; }, Some("A hint."), None))
                    (field("b", "Label", &html! { input id="b" aria-invalid="true"; }, None, Some("What is wrong with it.")))
                }
                section.panel { h2 { "moment, since" } p { (moment("2026-11-25T12:00:00+00:00", "both", taste.offset)) " " (since("2026-11-25T12:00:00+00:00")) } }
                section.panel { h2 { "empty" } (empty("sessions", "Nothing here.", "What to do about it.", Some(html! { button.button.main { "Do it" } }))) }
                section.panel { h2 { "icon" } p.acts { @for name in icons::names() { span title=(name) { (super::icon(name)) } } } }
            }
        }
    };
    document(taste, "Components", &["console.css"], super::SCRIPTS, &body)
}
