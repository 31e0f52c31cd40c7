//! Everything that the console says, in English and Korean (Project Fluent).

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, accepted_languages, negotiate_languages};
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// A language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

type Bundle = FluentBundle<FluentResource>;

impl Language {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// As HTML names it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// Its own name for itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
        }
    }

    /// By its code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The one that the browser prefers.
    pub(crate) fn preferred(headers: &HeaderMap) -> Self {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|line| line.to_str().ok()).unwrap_or_default();
        let asked = accepted_languages::parse(asked);
        let known: Vec<fluent_langneg::LanguageIdentifier> =
            Self::ALL.iter().filter_map(|language| language.code().parse().ok()).collect();
        let chosen = negotiate_languages(&asked, &known, known.first(), NegotiationStrategy::Lookup);
        chosen.first().and_then(|chosen| Self::parse(&chosen.to_string())).unwrap_or(Self::English)
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("en.ftl"),
            Self::Korean => include_str!("ko.ftl"),
        }
    }

    fn bundle(self) -> &'static Bundle {
        static ENGLISH: OnceLock<Bundle> = OnceLock::new();
        static KOREAN: OnceLock<Bundle> = OnceLock::new();
        let place = match self {
            Self::English => &ENGLISH,
            Self::Korean => &KOREAN,
        };
        place.get_or_init(|| {
            let mut bundle = Bundle::new_concurrent(self.code().parse().into_iter().collect());
            // Marks around values are for running text; here they would stand in names that people copy.
            bundle.set_use_isolating(false);
            // What cannot be read is left out; a test reads both whole.
            let resource = FluentResource::try_new(self.source().to_owned()).unwrap_or_else(|(read, _)| read);
            let _ = bundle.add_resource(resource);
            bundle
        })
    }

    /// The text of this name.
    pub(crate) fn t(self, name: &str) -> String {
        self.say(name, None)
    }

    /// The text of this name with values in it.
    pub(crate) fn with<'a, V: Into<FluentValue<'a>>, const N: usize>(
        self,
        name: &str,
        values: [(&'static str, V); N],
    ) -> String {
        let mut arguments = FluentArgs::new();
        for (key, value) in values {
            arguments.set(key, value);
        }
        self.say(name, Some(&arguments))
    }

    /// The text of this name if there is one.
    pub(crate) fn maybe(self, name: &str) -> Option<String> {
        self.bundle().has_message(name).then(|| self.t(name))
    }

    fn say(self, name: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.bundle();
        let pattern = bundle.get_message(name).and_then(|message| message.value());
        let Some(pattern) = pattern else { return name.to_owned() };
        match bundle.format_pattern(pattern, arguments, &mut Vec::new()) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn names(language: Language) -> BTreeSet<String> {
        // Whole and readable, and then the names by the plain form that these files keep to.
        FluentResource::try_new(language.source().to_owned()).unwrap();
        let names = language.source().lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name));
        names.filter(|name| !name.starts_with([' ', '#'])).map(str::to_owned).collect()
    }

    #[test]
    fn both_languages_say_everything() {
        let (english, korean) = (names(Language::English), names(Language::Korean));
        let missing: Vec<_> = english.symmetric_difference(&korean).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(english.len() > 100);
    }

    fn sources(directory: &Path, into: &mut String) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn what_the_pages_ask_for_is_there() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let known = names(Language::English);
        let mut asked = 0;
        for call in [".t(\"", ".with(\"", ".maybe(\""] {
            for rest in text.split(call).skip(1) {
                let name = rest.split('"').next().unwrap();
                if !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte))
                {
                    assert!(known.contains(name), "no text `{name}`");
                    asked += 1;
                }
            }
        }
        assert!(asked > 100);
    }

    #[test]
    fn the_browser_chooses() {
        let of = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, line.parse().unwrap());
            Language::preferred(&headers)
        };
        assert_eq!(of("ko-KR,ko;q=0.9,en;q=0.8"), Language::Korean);
        assert_eq!(of("de-DE,en;q=0.5"), Language::English);
        assert_eq!(of("%%"), Language::English);
        assert_eq!(Language::preferred(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn numbers_and_plurals() {
        assert_eq!(Language::English.with("folders-count", [("count", 1)]), "1 folder");
        assert!(Language::Korean.with("folders-count", [("count", 2)]).contains('2'));
        let unknown = "no-such-text";
        assert_eq!(Language::English.t(unknown), unknown);
    }
}
