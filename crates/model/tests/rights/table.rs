//! A section of the file: callers down, targets across.

use rollcall_model::access::Denied;

use crate::world::{CALLERS, Me};

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The operation.
    pub(crate) name: &'static str,
    /// The functions of the model that it shows.
    pub(crate) rules: &'static [&'static str],
    words: &'static str,
    targets: Vec<&'static str>,
    lines: Vec<(&'static str, Vec<String>)>,
}

impl Section {
    /// Asks `may` for each caller and target.
    pub(crate) fn new<T: Copy>(
        name: &'static str,
        rules: &'static [&'static str],
        words: &'static str,
        targets: &[(&'static str, T)],
        may: impl Fn(&Me, T) -> String,
    ) -> Self {
        let line = |me: &Me| targets.iter().map(|(_, target)| may(me, *target)).collect();
        let lines = CALLERS.into_iter().map(|(words, role, flag)| (words, line(&Me::new(role, flag)))).collect();
        Self { name, rules, words, targets: targets.iter().map(|(name, _)| *name).collect(), lines }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("\n## {}\n\n{}\n\n| caller |", self.name, self.words);
        self.targets.iter().for_each(|target| text.push_str(&format!(" {target} |")));
        text.push_str(&format!("\n|---{}|\n", "|---".repeat(self.targets.len())));
        for (caller, cells) in &self.lines {
            text.push_str(&format!("| {caller} | {} |\n", cells.join(" | ")));
        }
        text
    }
}

/// The cell of a decision that finds `shown` or nothing.
pub(crate) fn cell<T>(decided: Result<T, Denied>, shown: impl FnOnce(T) -> bool) -> String {
    match decided.map(shown) {
        Ok(true) => "yes".to_owned(),
        Ok(false) => "-".to_owned(),
        Err(Denied::Forbidden) => "forbidden".to_owned(),
        Err(Denied::SuperadminOnly) => "superadmins only".to_owned(),
        Err(Denied::Insufficient) => "insufficient".to_owned(),
        Err(Denied::UnknownRole) => "unknown role".to_owned(),
        Err(Denied::NoSuchDomain) => "no such domain".to_owned(),
    }
}
