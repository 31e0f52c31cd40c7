//! The tables of the walk over fields, for people to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Told;

/// Columns of a line.
const WIDTH: usize = 110;

/// Who, and how what they were told of stands to them.
type Callers = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// What was seen of one type.
#[derive(Default)]
struct Kind {
    /// By which ways.
    ways: BTreeMap<String, Callers>,
    /// By field and what it told.
    fields: BTreeMap<String, BTreeMap<String, Callers>>,
}

#[derive(Default)]
pub(super) struct Tables {
    kinds: BTreeMap<String, Kind>,
    /// By query and target: what was answered to whom.
    queries: Vec<(String, Vec<(&'static str, Answers)>)>,
    callers: Vec<&'static str>,
}

/// Each answer with those who got it.
type Answers = Vec<(String, Vec<&'static str>)>;

impl Tables {
    pub(super) fn given(&mut self, kind: &str, way: &str, caller: &'static str, word: &'static str) {
        let ways = &mut self.kinds.entry(kind.to_owned()).or_default().ways;
        ways.entry(way.to_owned()).or_default().entry(caller).or_default().insert(word);
    }

    pub(super) fn told(&mut self, kind: &str, field: &str, caller: &'static str, word: &'static str, told: Told<'_>) {
        let fields = &mut self.kinds.entry(kind.to_owned()).or_default().fields;
        let classes = fields.entry(field.to_owned()).or_default();
        classes.entry(told.word().to_owned()).or_default().entry(caller).or_default().insert(word);
    }

    pub(super) fn answered(&mut self, what: &str, target: &'static str, told: &str, caller: &'static str) {
        if !self.callers.contains(&caller) {
            self.callers.push(caller);
        }
        let query = match self.queries.iter().position(|(known, _)| known == what) {
            Some(at) => at,
            None => {
                self.queries.push((what.to_owned(), Vec::new()));
                self.queries.len() - 1
            }
        };
        let targets = &mut self.queries[query].1;
        let target = match targets.iter().position(|(known, _)| *known == target) {
            Some(at) => at,
            None => {
                targets.push((target, Vec::new()));
                targets.len() - 1
            }
        };
        let answers = &mut targets[target].1;
        match answers.iter_mut().find(|(known, _)| known == told) {
            Some((_, callers)) => callers.push(caller),
            None => answers.push((told.to_owned(), vec![caller])),
        }
    }

    pub(super) fn kinds(&self) -> Vec<String> {
        self.kinds.keys().cloned().collect()
    }

    pub(super) fn is_given(&self, kind: &str, way: &str) -> bool {
        self.kinds.get(kind).is_some_and(|kind| kind.ways.contains_key(way))
    }

    pub(super) fn tells(&self, kind: &str, field: &str) -> bool {
        self.kinds[kind].fields[field].contains_key(Told::Value.word())
    }

    /// What each query answered; targets that are answered alike share their lines.
    pub(super) fn queries(&self) -> String {
        let mut text = String::new();
        for (what, targets) in &self.queries {
            writeln!(text, "{what}").unwrap();
            let mut shared: Vec<(Vec<&str>, &Answers)> = Vec::new();
            for (target, answers) in targets {
                match shared.iter_mut().find(|(_, known)| *known == answers) {
                    Some((targets, _)) => targets.push(target),
                    None => shared.push((vec![target], answers)),
                }
            }
            for (targets, answers) in shared {
                let mut indent = format!("    {:9} ", targets.join(" "));
                for (told, callers) in answers {
                    writeln!(text, "{indent}{told}: {}", callers.join(" ")).unwrap();
                    indent = " ".repeat(14);
                }
            }
        }
        text
    }

    /// By which ways a type is given to whom, and what its fields tell; fields that tell alike share their lines.
    pub(super) fn of_kind(&self, name: &str, fields: &[&str]) -> String {
        let kind = &self.kinds[name];
        let mut text = format!("{name} is given by\n");
        for (way, callers) in &kind.ways {
            writeln!(text, "  {way}").unwrap();
            self.lines(&mut text, "", callers);
        }
        text.push_str("\nand tells\n");
        let mut shared: Vec<(Vec<&str>, BTreeMap<&str, Callers>)> = Vec::new();
        for field in fields {
            let classes = strongest(&kind.fields[*field]);
            match shared.iter_mut().find(|(_, known)| *known == classes) {
                Some((fields, _)) => fields.push(field),
                None => shared.push((vec![field], classes)),
            }
        }
        for (fields, classes) in shared {
            let mut line = String::from(" ");
            for field in fields {
                if line.len() + field.len() > WIDTH {
                    writeln!(text, "{line}").unwrap();
                    line = String::from(" ");
                }
                write!(line, " {field}").unwrap();
            }
            writeln!(text, "{line}").unwrap();
            for (class, callers) in classes {
                self.lines(&mut text, class, &callers);
            }
        }
        text
    }

    /// One line for all to whom the same things were told.
    fn lines(&self, text: &mut String, class: &str, callers: &Callers) {
        let mut alike: Vec<(&BTreeSet<&str>, Vec<&str>)> = Vec::new();
        for caller in &self.callers {
            let Some(words) = callers.get(caller) else { continue };
            match alike.iter_mut().find(|(known, _)| *known == words) {
                Some((_, callers)) => callers.push(caller),
                None => alike.push((words, vec![caller])),
            }
        }
        for (words, callers) in alike {
            let words: Vec<&str> = words.iter().copied().collect();
            writeln!(text, "    {class:6} [{}]: {}", words.join(", "), callers.join(" ")).unwrap();
        }
    }
}

/// Of several things alike (one's own sessions) some tell and some don't: what counts is that one does.
fn strongest(classes: &BTreeMap<String, Callers>) -> BTreeMap<&str, Callers> {
    let weaker = [(Told::Empty, vec![Told::Value]), (Told::Null, vec![Told::Value, Told::Empty])];
    let mut strongest: BTreeMap<&str, Callers> =
        classes.iter().map(|(class, callers)| (class.as_str(), callers.clone())).collect();
    for (weak, strong) in weaker {
        let Some(callers) = strongest.get_mut(weak.word()) else { continue };
        for (caller, words) in callers.iter_mut() {
            words.retain(|word| {
                let told = |strong: &Told<'_>| {
                    classes
                        .get(strong.word())
                        .and_then(|callers| callers.get(caller))
                        .is_some_and(|told| told.contains(word))
                };
                !strong.iter().any(told)
            });
        }
        callers.retain(|_, words| !words.is_empty());
    }
    strongest.retain(|_, callers| !callers.is_empty());
    strongest
}
