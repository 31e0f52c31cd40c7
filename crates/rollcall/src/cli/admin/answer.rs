//! What is said when something was changed: a sentence for people, the thing as it is now for
//! programs.

use serde_json::{Value, json};

use super::show::{self, Shown};
use crate::cli::failure::Failure;
use crate::cli::prompt;
use crate::cli::text::clean;
use crate::out;

/// Says that it was done. Programs get what `show --json` gives, which is looked up for them alone.
pub(super) async fn done<T: Shown>(
    json: bool,
    sentence: &str,
    now: impl Future<Output = Result<T, Failure>>,
) -> Result<(), Failure> {
    if !json {
        out::line(sentence);
        return Ok(());
    }
    let now = now.await.map_err(|failure| failure.midway(&[sentence.to_owned()], &[]))?;
    show::one(&now, true)
}

/// Says that something is gone, with what else programs want to know of it.
pub(super) fn removed(json: bool, kind: &str, name: &str, sentence: &str, more: Value) -> Result<(), Failure> {
    if !json {
        out::line(sentence);
        return Ok(());
    }
    let mut told = json!({"removed": kind, "name": name});
    if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
        told.extend(more);
    }
    show::document(&told)
}

/// Asks before something is removed for good. `--yes` is an answer too.
pub(super) fn agreed(yes: bool, what: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !prompt::possible() {
        return Err(Failure::usage(format!("{what} would be removed for good, and there is no terminal to ask on"))
            .next("Nothing was done. Type --yes to remove it all the same."));
    }
    let agreed = prompt::confirm(&format!("Remove {what} for good?"))?;
    if !agreed {
        out::note("Nothing was done.");
    }
    Ok(agreed)
}

/// Nothing was typed that could be changed.
pub(super) fn nothing_typed(kind: &str) -> Failure {
    Failure::usage("nothing to change was named")
        .next(format!("`rollcall admin {kind} change --help` lists what can be changed."))
}

/// `a, b and c`, safe to print.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(clean).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 keypair`, `2 keypairs`.
pub(super) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_in_a_sentence() {
        assert_eq!([listed([]), listed(["a"]), listed(["a", "b"])], ["none", "a", "a and b"]);
        assert_eq!(listed(["a", "\u{1b}b", "c"]), "a, \\u{1b}b and c");
        assert_eq!([counted(0, "session"), counted(1, "session")], ["0 sessions", "1 session"]);
    }
}
