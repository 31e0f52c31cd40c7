//! A person comes, is changed, is switched off and is removed.

use serde_json::{Value, json};

use crate::harness::signed;
use crate::stage::{Stage, has_line};

const EMAIL: &str = "card-eve@default.example";

pub(crate) fn story(stage: &Stage<'_>) {
    let root = &stage.root;
    let user = || {
        let query = format!("{{ user(email: \"{EMAIL}\") {{ username full_name role status domain_name }} }}");
        stage.asks(root, &query)
    };
    let arguments = ["default", EMAIL, "as-long-as-wanted-1", "-n", "Eve", "-r", "user", "-u", "card-eve"];
    stage.shows(root, "admin user add", &arguments, |_| {
        let made = json!({
            "username": "card-eve", "full_name": "Eve", "role": "user", "status": "active", "domain_name": "default",
        });
        assert_eq!(user(), made);
        assert!(signs_in(stage, "as-long-as-wanted-1"));
    });
    stage.shows(root, "admin user info", &["-e", EMAIL], |text| {
        assert!(has_line(text, &["Full Name", "Eve"]) && has_line(text, &["Status", "active"]), "{text}");
    });
    let own = stage.says(&stage.alice, "admin user info", &[]);
    assert!(own.contains(&stage.alice.email), "{own}");
    stage.shows(root, "admin user list", &["--filter", "full_name == \"Eve\""], |text| {
        assert!(text.contains(EMAIL) && !text.contains(&stage.alice.email), "{text}");
    });
    stage.shows(root, "admin user update", &[EMAIL, "-n", "Evelyn", "-p", "another-long-one-2"], |_| {
        assert_eq!(user()["full_name"], "Evelyn");
        assert!(signs_in(stage, "another-long-one-2") && !signs_in(stage, "as-long-as-wanted-1"));
    });
    // An administrator of the domain and a user change nobody.
    for account in [&stage.admin, &stage.alice] {
        let said = stage.says(account, "admin user update", &[EMAIL, "-r", "admin"]);
        assert!(said.contains("no permission"), "{said}");
    }
    assert_eq!(user()["role"], "user");
    stage.shows(root, "admin user delete", &[EMAIL], |_| {
        assert_eq!(user()["status"], "deleted");
        assert!(!signs_in(stage, "another-long-one-2"));
    });
    stage.shows(root, "admin user purge", &[EMAIL], |_| assert_eq!(user(), Value::Null));
}

fn signs_in(stage: &Stage<'_>, password: &str) -> bool {
    let body = json!({ "type": "keypair", "domain": "default", "username": EMAIL, "password": password });
    let answer = signed::request(stage.cli.up, &stage.alice, "POST", "/auth/authorize", Some(&body)).unwrap();
    answer.succeeded()
}
