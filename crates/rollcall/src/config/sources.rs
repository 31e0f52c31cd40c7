//! The texts of all settings, from where they may come: a flag wins over a variable, that over the
//! file, that over the default.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Source};
use super::settings::{SECTIONS, Section, Setting};
use super::value::Value;

/// A text and where it came from.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) source: Source,
}

/// The winning text of every setting.
#[derive(Default)]
pub(crate) struct Values {
    by_key: HashMap<String, Given>,
    /// The directory of the file.
    base: PathBuf,
}

/// What the file may bring.
pub(super) struct File<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Values {
    /// Puts them together. What is wrong in the file is added to `errors`.
    pub(super) fn gather(
        flags: &[(&'static str, String)],
        variable: impl Fn(&str) -> Option<String>,
        file: Option<File<'_>>,
        errors: &mut Vec<ConfigError>,
    ) -> Self {
        let base = file.as_ref().and_then(|file| file.path.parent()).map(Path::to_owned).unwrap_or_default();
        let mut in_file = file.map(|file| read_file(&file, errors)).unwrap_or_default();
        let mut by_key = HashMap::new();
        for setting in SECTIONS.iter().flat_map(|section| section.settings) {
            let key = setting.key();
            let flag = flags.iter().find(|(name, _)| !name.is_empty() && *name == setting.flag);
            let flag = flag.map(|(name, text)| Given { text: text.clone(), source: Source::Flag(name) });
            let from_variable = || {
                let name = setting.variable();
                let text = variable(&name).filter(|text| !text.is_empty())?;
                Some(Given { text, source: Source::Variable(name) })
            };
            let from_file = in_file.remove(&key);
            let default = || Given { text: setting.default.to_owned(), source: Source::Default };
            let given = flag.or_else(from_variable).or(from_file).unwrap_or_else(default);
            by_key.insert(key, given);
        }
        Self { by_key, base }
    }

    /// A setting in its type.
    pub(super) fn read<T: Value>(&self, key: &str, errors: &mut Vec<ConfigError>) -> Option<T> {
        let given = self.given(key)?;
        // Only the file has a place of its own: what is typed counts from where it is typed.
        let base = if matches!(given.source, Source::Line(..)) { self.base.as_path() } else { Path::new("") };
        let value = T::read(&given.text, base);
        if value.is_none() {
            let form = T::FORM.to_owned();
            errors.push(ConfigError::Form { place: given.source.clone(), key: key.to_owned(), form });
        }
        value
    }

    /// A setting as it was given.
    pub(super) fn given(&self, key: &str) -> Option<&Given> {
        self.by_key.get(key)
    }

    /// Where a setting came from.
    pub(super) fn source(&self, key: &str) -> Source {
        self.given(key).map_or(Source::Default, |given| given.source.clone())
    }
}

fn read_file(file: &File<'_>, errors: &mut Vec<ConfigError>) -> HashMap<String, Given> {
    let mut found = HashMap::new();
    let place = |at: usize| Source::Line(file.path.to_owned(), line_of(file.text, at));
    let document = match DeTable::parse(file.text) {
        Ok(document) => document,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            errors.push(ConfigError::Syntax { place: place(at), problem: error.message().to_owned() });
            return found;
        }
    };
    for (name, value) in document.get_ref() {
        let at = place(name.span().start);
        let Some(section) = SECTIONS.iter().find(|section| section.name == name.get_ref().as_ref()) else {
            let known = listed(SECTIONS.iter().map(|section| section.name));
            errors.push(ConfigError::UnknownSection { place: at, name: name.get_ref().to_string(), known });
            continue;
        };
        match value.get_ref() {
            DeValue::Table(table) => read_section(section, table, &place, &mut found, errors),
            _ => {
                let form = format!("a table: [{}]", section.name);
                errors.push(ConfigError::Form { place: at, key: section.name.to_owned(), form });
            }
        }
    }
    found
}

fn read_section(
    section: &'static Section,
    table: &DeTable<'_>,
    place: &impl Fn(usize) -> Source,
    found: &mut HashMap<String, Given>,
    errors: &mut Vec<ConfigError>,
) {
    for (name, value) in table {
        let source = place(name.span().start);
        let Some(setting) = section.settings.iter().find(|setting| setting.name == name.get_ref().as_ref()) else {
            let known = listed(section.settings.iter().map(|setting| setting.name));
            let name = name.get_ref().to_string();
            errors.push(ConfigError::UnknownSetting { place: source, section: section.name, name, known });
            continue;
        };
        match text_of(setting, value.get_ref()) {
            Some(text) => {
                found.insert(setting.key(), Given { text: text.into_owned(), source });
            }
            None => {
                let quotes = if setting.bare { ", without quotes" } else { ", in quotes" };
                let form = format!("{}{quotes}", setting.form);
                errors.push(ConfigError::Form { place: source, key: setting.key(), form });
            }
        }
    }
}

/// The text of a value of the right kind.
fn text_of<'a>(setting: &Setting, value: &'a DeValue<'_>) -> Option<Cow<'a, str>> {
    match value {
        // The empty text is none, of numbers too.
        DeValue::String(text) if !setting.bare || text.is_empty() => Some(Cow::Borrowed(text.as_ref())),
        DeValue::Integer(number) if setting.bare => Some(Cow::Owned(number.to_string())),
        DeValue::Float(number) if setting.bare => Some(Cow::Owned(number.to_string())),
        DeValue::Boolean(truth) if setting.bare => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        _ => None,
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
