//! The card as a document.

use std::fmt::Write as _;

use crate::card::{self, Standing};
use crate::harness;

const HEAD: &str = "# The command line of the Python client 21.9.5

How the unmodified client's commands for sessions and administration stand against this server. Written by
`tests/scorecard`, which runs all of them; don't edit it. To write it anew:
`ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall --test scorecard the_document`.

**works**: the named story in `tests/scorecard/stories` runs it and looks at what it did. **not yet** and
**never**: with the reason; the test sees that it still is so, and fails when the command begins to work.
";

const FORMS: &str = "
## Forms of them that never work

The client itself cannot do these, whatever a server does; the test runs them too.

| `backend.ai` … | why |
|---|---|
";

fn render() -> String {
    let mut text = HEAD.to_owned();
    let standings = || card::rows().map(|(_, standing)| standing);
    let works = standings().filter(|standing| matches!(standing, Standing::Works(_))).count();
    let never = standings().filter(|standing| matches!(standing, Standing::Never(..))).count();
    let not_yet = standings().count() - works - never;
    let _ = writeln!(text, "\n{works} work, {not_yet} do not yet, {never} never will.");
    for (title, rows) in [("Sessions", &card::SESSIONS[..]), ("Administration", &card::ADMINISTRATION)] {
        let _ = write!(text, "\n## {title}\n\n| `backend.ai` … | stands | by, or why |\n|---|---|---|\n");
        for (command, standing) in rows {
            let (stands, why) = match standing {
                Standing::Works(story) => ("works", format!("`{story}`")),
                Standing::NotYet(why, _) => ("not yet", (*why).to_owned()),
                Standing::Never(why, _) => ("never", (*why).to_owned()),
            };
            let _ = writeln!(text, "| `{command}` | {stands} | {why} |");
        }
    }
    text.push_str(FORMS);
    for (command, standing) in card::FORMS {
        if let Standing::Never(why, tried) = standing {
            let _ = writeln!(text, "| `{command} {}` | {why} |", tried.arguments.join(" "));
        }
    }
    text
}

#[test]
fn the_document_is_the_card() {
    let path = harness::repository().join("docs/python-cli.md");
    let rendered = render();
    if std::env::var_os("ROLLCALL_WRITE_DOCS").is_some() {
        std::fs::write(&path, &rendered).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == rendered,
        "docs/python-cli.md differs: ROLLCALL_WRITE_DOCS=1 cargo test -p rollcall --test scorecard the_document"
    );
}
