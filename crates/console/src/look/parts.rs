//! Components of the pages, as functions.

use maud::{Markup, html};

use super::icons::icon;

/// How something is: the colour of a chip, a note, a point on a time line. A word and an icon always say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// On its way.
    Wait,
    /// Something went wrong.
    Bad,
    /// Over, or of no matter.
    Calm,
}

impl Tone {
    /// The class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Bad => "bad",
            Self::Calm => "calm",
        }
    }
}

/// A word with an icon on a coloured ground.
pub(crate) fn chip(tone: Tone, icon_name: &str, word: &str) -> Markup {
    html! { span class={ "chip " (tone.class()) } { (icon(icon_name)) (word) } }
}

/// A sentence that stands out.
pub(crate) fn note(tone: Tone, text: &str) -> Markup {
    let icon_name = match tone {
        Tone::Good => "done",
        Tone::Wait => "clock",
        Tone::Bad => "warn",
        Tone::Calm => "help",
    };
    html! { p class={ "note " (tone.class()) } role=[(tone == Tone::Bad).then_some("alert")] { (icon(icon_name)) span { (text) } } }
}

/// How much of something is in use; it never shows more than all. The numbers stand beside it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn bar(used: f64, of: f64) -> Markup {
    let share = if of > 0.0 { (used / of).clamp(0.0, 1.0) } else { 0.0 };
    // Within 0 and 1000.
    let width = (share * 1000.0).round() as u32;
    html! {
        svg class=(if share >= 0.9 { "bar high" } else { "bar" }) viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect x="0" y="0" width=(width) height="10" {}
        }
    }
}

/// A small curve of values over time against `most`; gaps stay gaps.
pub(crate) fn sparkline(values: &[Option<f64>], most: f64, label: &str) -> Markup {
    let known = values.iter().flatten().copied();
    let most = known.fold(most, f64::max).max(f64::EPSILON);
    let steps = values.len().saturating_sub(1).max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else {
            lines.extend((!line.is_empty()).then(|| std::mem::take(&mut line)));
            continue;
        };
        #[allow(clippy::cast_precision_loss, reason = "dozens")]
        let x = place as f64 / steps as f64 * 52.0;
        let y = 27.0 - (value / most).clamp(0.0, 1.0) * 26.0;
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&format!("{x:.1},{y:.1}"));
    }
    lines.extend((!line.is_empty()).then_some(line));
    html! {
        svg.spark viewBox="0 0 52 28" preserveAspectRatio="none" role="img" aria-label=(label) {
            line x1="0" y1="27.5" x2="52" y2="27.5" {}
            @for points in &lines { polyline points=(points) {} }
        }
    }
}

/// What is said in place of rows.
pub(crate) fn empty(icon_name: &str, title: &str, text: &str, act: Option<Markup>) -> Markup {
    html! {
        div.empty {
            (icon(icon_name))
            p { b { (title) } (text) }
            @if let Some(act) = act { (act) }
        }
    }
}

/// A form's field: label, control, and what is wrong with it.
pub(crate) fn field(id: &str, label: &str, control: &Markup, hint: Option<&str>, wrong: Option<&str>) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            (control)
            @if let Some(wrong) = wrong { span.wrong id={ (id) "-wrong" } role="alert" { (wrong) } }
            @else if let Some(hint) = hint { span.hint { (hint) } }
        }
    }
}

/// A button that shows an icon alone; its label is read and shown on pointing.
pub(crate) fn icon_link(href: &str, icon_name: &str, label: &str, class: &str, target: Option<&str>) -> Markup {
    html! { a class={ "button icon-only " (class) } href=(href) title=(label) aria-label=(label) target=[target] { (icon(icon_name)) } }
}

/// A moment in the viewer's zone: as text it is in UTC until the page's script has the browser's own zone. `form`
/// is `date`, `time`, `both`, or `short` for narrow columns.
pub(crate) fn moment(iso: &str, form: &str, offset_minutes: i32) -> Markup {
    html! { time datetime=(iso) data-form=(form) title=[(form == "short").then(|| super::times::local(iso, "both", offset_minutes))] { (super::times::local(iso, form, offset_minutes)) } }
}

/// Time since a moment, ticking in the page.
pub(crate) fn since(iso: &str) -> Markup {
    html! { time datetime=(iso) data-since="" { (super::times::since(iso)) } }
}

/// A time of some length.
pub(crate) fn length(seconds: i64) -> String {
    super::times::length(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_never_show_more_than_all() {
        for (used, of, width) in [(1.0, 2.0, "500"), (11.0, 5.0, "1000"), (1.0, 0.0, "0"), (-1.0, 1.0, "0")] {
            let text = bar(used, of).into_string();
            assert!(text.contains(&format!("width=\"{width}\"")), "{text}");
        }
    }

    #[test]
    fn gaps_of_a_curve_stay_gaps() {
        let text = sparkline(&[Some(0.0), Some(1.0), None, Some(2.0)], 2.0, "CPU").into_string();
        assert_eq!(text.matches("<polyline").count(), 2, "{text}");
        assert!(text.contains("0.0,27.0 17.3,14.0"), "{text}");
        assert!(!sparkline(&[None, None], 1.0, "CPU").into_string().contains("polyline"));
    }
}
