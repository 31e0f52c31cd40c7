//! Sessions from templates, by both names of the command.

use crate::stage::Stage;

const TEMPLATE: &str = "\
session_templates:
  - template:
      api_version: v1
      kind: taskTemplate
      metadata: {name: card-template, tag: from-it}
      spec:
        resources: {cpu: 1, mem: 256m}
        kernel:
          image: bash
          environ: {WORD: said-by-template}
          run: {bootstrap: 'echo booted: $WORD'}
";

pub(crate) fn story(stage: &Stage<'_>) {
    let (alice, bob) = (&stage.alice, &stage.bob);
    std::fs::write(stage.cli.up.home.path().join("card-template.yaml"), TEMPLATE).unwrap();
    let made = stage.says(alice, "session-template create", &["-f", "card-template.yaml"]);
    let id = made.split_whitespace().find(|word| word.len() == 32).unwrap_or_else(|| panic!("no id in {made}"));
    // The client fails on its own default numbers.
    let numbers = ["--max-wait", "0", "--cluster-size", "1", id];
    stage.shows(alice, "create-from-template", &numbers, |_| {
        let found = stage.cli.id_of(alice, "card-template");
        stage.session_becomes(alice, &found, "RUNNING");
        let query = format!("{{ compute_session(id: \"{found}\") {{ tag occupied_slots }} }}");
        let session = stage.asks(alice, &query);
        assert_eq!(session["tag"], "from-it");
        assert_eq!(session["occupied_slots"], "{\"cpu\": \"1\", \"mem\": \"268435456\"}");
        let logs = stage.says(alice, "session logs", &["card-template"]);
        assert!(logs.contains("booted: said-by-template"), "{logs}");
    });
    // Somebody else of the project, with other values.
    let given = [&["-t", "card-mine", "-e", "WORD=said-by-bob", "--tag", "given"][..], &numbers].concat();
    stage.shows(bob, "session create-from-template", &given, |_| {
        let found = stage.cli.id_of(bob, "card-mine");
        stage.session_becomes(bob, &found, "RUNNING");
        let tag = stage.asks(bob, &format!("{{ compute_session(id: \"{found}\") {{ tag }} }}"));
        assert_eq!(tag["tag"], "given");
        let logs = stage.says(bob, "session logs", &["card-mine"]);
        assert!(logs.contains("booted: said-by-bob"), "{logs}");
    });
    let unknown = stage.says(bob, "create-from-template", &["--max-wait", "0", "--cluster-size", "1", &"0".repeat(32)]);
    assert!(unknown.contains("No such task template"), "{unknown}");
    for (account, name) in [(alice, "card-template"), (bob, "card-mine")] {
        stage.cli.ok(account, &["rm", name]);
    }
}
